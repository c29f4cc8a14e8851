// Archives: the one export in them is found, and everything else is refused by name.

import Connectors
import Testing

@Suite("F1: export.zip")
struct ArchiveTests {
    static let export = "<HealthData>\(recordElement())</HealthData>"

    @Test(
        "F1: the export is found at the top or one folder down, however its name is written, among Apple's other files",
        arguments: [
            "export.xml", "apple_health_export/export.xml", "apple_health_export/Export.xml",
            "apple_health_export/exportieren.xml", "apple_health_export/导出.xml",
        ])
    func exportIsFound(name: String) {
        let trial = ExportTrial.bytes(
            ZipMaker.stored([
                ("apple_health_export/", ""), ("apple_health_export/export_cda.xml", "<ClinicalDocument/>"),
                ("__MACOSX/apple_health_export/._export.xml", "junk"), ("__MACOSX/export.xml", "junk"),
                ("apple_health_export/workout-routes/export.xml", "<gpx/>"), (name, Self.export),
                ("apple_health_export/electrocardiograms/ecg_1.csv", "a,b"),
            ]))
        #expect(trial.error == nil)
        #expect(trial.readings.count == 1)
        #expect(trial.summary?.bytesRead == Int64(Self.export.utf8.count))
        #expect(trial.progress.last?.bytesTotal == Int64(Self.export.utf8.count))
    }

    @Test("F1: an archive with two exports is refused, and both are named without their tricks")
    func severalExports() {
        let trial = ExportTrial.bytes(
            ZipMaker.stored([("a/export.xml", Self.export), ("b\u{1B}[2J/EXPORT.XML", Self.export)]))
        #expect(trial.code == "EXPORT_SEVERAL_IN_ARCHIVE")
        #expect(trial.error?.message.contains("a/export.xml") == true)
        #expect(trial.error?.message.contains("[2J/EXPORT.XML") == true)
        #expect(trial.error?.message.contains("\u{1B}") == false)
        #expect(trial.readings.isEmpty)
    }

    @Test("F1: an archive without an export says so")
    func noExport() {
        #expect(ExportTrial.bytes(ZipMaker.stored([("photo.jpg", "a")])).error == ExportError(.noExportInArchive))
        #expect(ExportTrial.bytes(ZipMaker.stored([("a/b/export.xml", Self.export)])).code == "EXPORT_NOT_IN_ARCHIVE")
    }

    @Test("F1: what is wrong with the XML inside an archive is told as for a plain file")
    func badXMLInside() {
        let cut = "<HealthData>\n\(recordElement())\n<Rec"
        #expect(ExportTrial.bytes(ZipMaker.stored([("export.xml", cut)])).error == ExportError(.truncated(line: 3)))
        #expect(ExportTrial.bytes(ZipMaker.stored([("export.xml", "")])).code == "EXPORT_NOT_AN_EXPORT")
    }

    @Test("F1: an archive that is cut short or changed inside is called damaged, never read as whole")
    func damaged() {
        let whole = ZipMaker.stored([("export.xml", Self.export)])
        #expect(ExportTrial.bytes(Array(whole.dropLast(30))).code == "EXPORT_ARCHIVE_DAMAGED")
        #expect(ExportTrial.bytes(Array(whole.prefix(4))).code == "EXPORT_ARCHIVE_DAMAGED")
        var changed = whole
        changed[Self.export.utf8.count] ^= 1
        let trial = ExportTrial.bytes(changed)
        #expect(trial.error == ExportError(.archiveDamaged(entry: "export.xml")))
        #expect(trial.summary == nil)
    }

    @Test("F1: a locked archive and an exotic packing are refused")
    func lockedOrExotic() {
        var locked = ZipMaker()
        locked.add("export.xml", Array(Self.export.utf8), flags: 1)
        #expect(ExportTrial.bytes(locked.bytes).error == ExportError(.archiveEncrypted(entry: "export.xml")))
        var exotic = ZipMaker()
        exotic.add("export.xml", Array(Self.export.utf8), method: 14)
        #expect(ExportTrial.bytes(exotic.bytes).error == ExportError(.archiveUnsupported(entry: "export.xml")))
    }

    @Test("F1: a zip bomb is refused before it is unpacked when it says its size")
    func honestBomb() {
        var maker = ZipMaker()
        let packed = ZipMaker.bomb(unpackedBytes: 70 << 20)
        maker.add(
            .init(name: "export.xml", packed: packed, method: 8, unpackedBytes: 70 << 20, checksum: 0))
        let trial = ExportTrial.bytes(maker.bytes)
        #expect(trial.error == ExportError(.archiveBomb(entry: "export.xml")))
        #expect(trial.progress.isEmpty)
    }

    @Test("F1: a zip bomb that lies about its size is refused while it unpacks")
    func lyingBomb() {
        var limits = ExportLimits.standard
        limits.unpackRatioFrom = 1 << 20
        var maker = ZipMaker()
        maker.add(
            .init(
                name: "export.xml", packed: ZipMaker.bomb(unpackedBytes: 4 << 20), method: 8, unpackedBytes: 500,
                checksum: 0))
        #expect(ExportTrial.bytes(maker.bytes, limits: limits).error == ExportError(.archiveBomb(entry: "export.xml")))
        limits = .standard
        limits.wholeBytes = 1 << 20
        #expect(ExportTrial.bytes(maker.bytes, limits: limits).code == "EXPORT_ARCHIVE_BOMB")
        #expect(ExportTrial.bytes(maker.bytes).code == "EXPORT_ARCHIVE_DAMAGED")
    }

    @Test("F1: an archive that claims more entries than any export is refused before its directory is read")
    func crowdedArchive() {
        var maker = ZipMaker()
        maker.add("export.xml", Array(Self.export.utf8))
        maker.claimedEntries = 60_000
        #expect(ExportTrial.bytes(maker.bytes).error == ExportError(.archiveBomb(entry: nil)))
    }
}
