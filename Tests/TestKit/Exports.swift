// Small Apple Health exports, written as the Health app writes them.

/// One element of an export.
public struct ExportElement: Sendable {
    public let text: String

    /// `minute` counts from 2026-11-20 08:00 at +01:00 and must be below 960.
    public static func record(
        _ type: String, _ value: String, unit: String, minute: Int, source: String = "Watch", device: String? = nil
    ) -> ExportElement {
        let time = "2026-11-20 \(two(8 + minute / 60)):\(two(minute % 60)):00 +0100"
        let device = device.map { " device=\"\($0)\"" } ?? ""
        return ExportElement(
            text: """
                <Record type="\(type)" sourceName="\(source)"\(device) unit="\(unit)" creationDate="\(time)" \
                startDate="\(time)" endDate="\(time)" value="\(value)"/>
                """)
    }

    public static func heart(_ value: String, minute: Int, source: String = "Watch") -> ExportElement {
        record("HKQuantityTypeIdentifierHeartRate", value, unit: "count/min", minute: minute, source: source)
    }

    public static func steps(_ value: String, minute: Int) -> ExportElement {
        record("HKQuantityTypeIdentifierStepCount", value, unit: "count", minute: minute)
    }

    /// On any day: `2025-12-31`, at noon at +01:00 unless said.
    public static func record(
        _ type: String, _ value: String, unit: String, on day: String, at clock: String = "12:00:00 +0100"
    ) -> ExportElement {
        ExportElement(
            text: """
                <Record type="\(type)" sourceName="Watch" unit="\(unit)" startDate="\(day) \(clock)" \
                endDate="\(day) \(clock)" value="\(value)"/>
                """)
    }

    public static func steps(_ value: String, on day: String, at clock: String = "12:00:00 +0100") -> ExportElement {
        record("HKQuantityTypeIdentifierStepCount", value, unit: "count", on: day, at: clock)
    }

    public static func heart(_ value: String, on day: String, at clock: String = "12:00:00 +0100") -> ExportElement {
        record("HKQuantityTypeIdentifierHeartRate", value, unit: "count/min", on: day, at: clock)
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// A whole export around its elements.
public func exportText(_ elements: [ExportElement]) -> String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <HealthData locale="en_GB">
    \(elements.map(\.text).joined(separator: "\n"))
    </HealthData>
    """
}
