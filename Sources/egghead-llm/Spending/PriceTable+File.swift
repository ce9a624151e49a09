import LinuxSystem
import Models
import Runtime
import Services

extension PriceTable {
    /// What the vendors of a configuration's providers take, by the file beside the programs, and what the
    /// configuration says. Without the file, or a line of it, the prices of the configuration are known all the same.
    init(_ settings: GatewaySettings, log: Log) {
        self.init(own: settings.prices)
        let wanted = Set(settings.providers.compactMap(\.vendor)), file = settings.pricesFile
        if wanted.isEmpty { return }
        do throws(SystemCallError) {
            let text = String(decoding: try Files.read(file, limit: Self.bytesMax), as: UTF8.self)
            for problem in read(text, of: wanted) { log.warning("prices.unreadable", ["error": "\(file):\(problem)"]) }
        } catch {
            log.warning("prices.unreadable", ["error": "\(error)"])
        }
    }
}
