import BusClient
import Rooms
import Services

// What the coordinator has the store write and read.
extension RoomService {
    /// How long the store may take for one record.
    private static let recordWait = Duration.seconds(10)

    /// Asks the store for a record.
    func readRecord(_ id: RecordID, for join: Int) {
        client.request(Store.Get.self, Store.IDRequest(id: id), deadline: Self.recordWait, retry: .untilDeadline) {
            [unowned self] result in step(.recordRead(join: join, result))
        }
    }

    /// Gives the store records one after the other; the first that it refuses is the last.
    func store(_ records: ArraySlice<Store.Create.Request>, of save: Int) {
        guard let record = records.first else { return step(.recordsStored(save: save, nil)) }
        client.request(Store.Create.self, record, deadline: Self.recordWait, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .success(let reply) where reply.id == record.id: store(records.dropFirst(), of: save)
            case .success(let reply):
                // A room must not end on the word for another: somebody has used a request id twice at once.
                let reason = "the request id of \(record.id ?? "") was that of \(reply.id); use a new one"
                step(.recordsStored(save: save, ServiceFailure(.failed, reason)))
            case .failure(let failure): step(.recordsStored(save: save, failure))
            }
        }
    }
}
