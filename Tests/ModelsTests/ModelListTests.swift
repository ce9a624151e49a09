import Models
import Services
import Testing

struct ModelListTests {
    @Test(
        arguments: [
            (#"{"object":"list","data":[{"id":"a"},{"id":"b/c"}]}"#, ["a", "b/c"]),
            (#"{"models":[{"name":"models/gemini-x","inputTokenLimit":9}]}"#, ["gemini-x"]),
            (#"[{"id":"a"}]"#, ["a"]), (#"{"data":[]}"#, []), (#"{"data":[{"id":"a"},{"name":7},"x"]}"#, ["a"]),
            (#"{"data":[7]}"#, nil), ("<html>", nil),
        ] as [(String, [String]?)])
    func `a list in the shapes of the vendors`(body: String, names: [String]?) {
        #expect(ModelList.read(Array(body.utf8))?.map(\.name) == names)
    }

    @Test(arguments: [
        "context_length", "max_model_len", "context_window", "max_context_length", "max_input_tokens",
        "inputTokenLimit",
    ])
    func `the window under the keys of several servers`(key: String) {
        let body = #"{"data":[{"id":"a","\#(key)":4096},{"id":"b","\#(key)":"much"},{"id":"c","\#(key)":-1}]}"#
        #expect(ModelList.read(Array(body.utf8))?.map(\.contextWindow) == [4_096, nil, nil])
    }

    @Test(
        arguments: [
            (.chatCompletions, "/models", "Authorization"), (.responses, "/models", "Authorization"),
            (.anthropic, "/models?limit=1000", "x-api-key"), (.gemini, "/models?pageSize=1000", "x-goog-api-key"),
        ] as [(VendorStream, String, String)])
    func `the request is a GET with the key in its header`(vendor: VendorStream, path: String, header: String) {
        var profile = Sample.profile(key: "k3y")
        profile.dialect = vendor.dialect
        let request = ModelList.request(to: profile)
        #expect(request.path == path && request.body.isEmpty)
        #expect(request.headers.filter { $0.value.contains("k3y") }.map(\.name) == [header])
    }
}
