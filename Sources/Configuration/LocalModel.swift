import Services

extension NodeConfiguration {
    /// The name of the provider that a node without any other gets.
    public static let localProviderName = "local"

    /// Adds the small model on this machine when no provider is configured and the model is installed.
    ///
    /// The idle timeout is long: a full prompt takes the model half a minute on a busy machine, without a byte.
    ///
    /// - Parameters:
    ///   - interpreter: Python, in the virtual environment that holds the model.
    ///   - script: `models/local/serve.py`.
    ///   - socket: Where the model's server is to listen.
    ///   - isExecutable: Whether a path is a file that can be executed.
    public mutating func addLocalModelIfAlone(
        interpreter: String, script: String, socket: String, isExecutable: (String) -> Bool
    ) {
        guard providers.isEmpty, unusable.isEmpty, isExecutable(interpreter) else { return }
        let settings = ProviderSettings(
            name: Self.localProviderName, url: "http://localhost/v1", socket: socket, model: "smollm2",
            contextWindow: 4_096, tools: false, idleTimeoutMilliseconds: 180_000, isSupervised: true)
        providers = [Provider(settings: settings, command: [interpreter, script, "--socket", socket])]
        defaultProvider = settings.name
    }
}
