// Hides how names are told apart quickly: the parser keeps one copy of every name it meets, so two names are the same when
// their addresses are.

import CLibXML2

typealias NameAddress = UnsafePointer<UInt8>

struct ElementNames {
    let healthData, record, correlation, workout, metadataEntry, workoutStatistics, exportDate, me: NameAddress
    let type, sourceName, device, unit, startDate, endDate, value, key, sum: NameAddress
    let activity, duration, durationUnit, distance, distanceUnit, energy, energyUnit: NameAddress

    /// Nil when there is no memory.
    init?(in dictionary: xmlDictPtr?) {
        func name(_ text: StaticString) -> NameAddress? {
            xmlDictLookup(dictionary, text.utf8Start, Int32(text.utf8CodeUnitCount))
        }
        guard let healthData = name("HealthData"), let record = name("Record"), let correlation = name("Correlation"),
            let workout = name("Workout"), let metadataEntry = name("MetadataEntry"),
            let workoutStatistics = name("WorkoutStatistics"), let exportDate = name("ExportDate"), let me = name("Me"),
            let type = name("type"), let sourceName = name("sourceName"), let device = name("device"),
            let unit = name("unit"), let startDate = name("startDate"), let endDate = name("endDate"),
            let value = name("value"), let key = name("key"), let sum = name("sum"),
            let activity = name("workoutActivityType"), let duration = name("duration"),
            let durationUnit = name("durationUnit"), let distance = name("totalDistance"),
            let distanceUnit = name("totalDistanceUnit"), let energy = name("totalEnergyBurned"),
            let energyUnit = name("totalEnergyBurnedUnit")
        else { return nil }
        self.healthData = healthData
        self.record = record
        self.correlation = correlation
        self.workout = workout
        self.metadataEntry = metadataEntry
        self.workoutStatistics = workoutStatistics
        self.exportDate = exportDate
        self.me = me
        self.type = type
        self.sourceName = sourceName
        self.device = device
        self.unit = unit
        self.startDate = startDate
        self.endDate = endDate
        self.value = value
        self.key = key
        self.sum = sum
        self.activity = activity
        self.duration = duration
        self.durationUnit = durationUnit
        self.distance = distance
        self.distanceUnit = distanceUnit
        self.energy = energy
        self.energyUnit = energyUnit
    }
}

typealias TextBytes = UnsafeBufferPointer<UInt8>

/// The attributes of one element as the parser hands them over: five pointers each (name, prefix, URI, begin, end).
/// Valid only while the parser's callback runs.
struct Attributes {
    private let base: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    let count: Int

    init(base: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, count: Int32) {
        self.base = base
        self.count = base == nil ? 0 : Int(count)
    }

    /// Attributes with a prefix are not Apple's and are left out.
    @inline(__always)
    func forEach(_ body: (NameAddress, TextBytes) -> Void) {
        guard let base else { return }
        for index in 0..<count {
            let slot = base + index * 5
            guard let name = slot[0], slot[1] == nil, let begin = slot[3], let end = slot[4] else { continue }
            body(name, TextBytes(start: begin, count: end - begin))
        }
    }

    /// Empty counts as absent.
    func text(_ wanted: NameAddress) -> TextBytes? {
        var found: TextBytes?
        forEach { name, text in if name == wanted, !text.isEmpty { found = text } }
        return found
    }
}
