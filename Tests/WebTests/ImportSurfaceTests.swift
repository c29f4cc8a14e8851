// A file's way in: by the form and by the person's own app.

import Domain
import Gateway
import HTTPTypes
import Testing

@testable import Web

@Suite("Imports over HTTP")
struct ImportSurfaceTests {
    private static let export = """
        <?xml version="1.0" encoding="UTF-8"?>
        <HealthData locale="en_GB">
         <ExportDate value="2026-11-20 10:00:00 +0000"/>
         <Record type="HKQuantityTypeIdentifierStepCount" sourceName="Phone" unit="count" \
        startDate="2026-11-19 08:00:00 +0000" endDate="2026-11-19 08:05:00 +0000" value="312"/>
         <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" \
        startDate="2026-11-19 07:00:00 +0000" endDate="2026-11-19 07:00:00 +0000" value="70"/>
        </HealthData>
        """

    private static func parts(_ token: String, first: Bool = true, file: String = export) -> String {
        let tokenPart = "--Edge\r\nContent-Disposition: form-data; name=\"form_token\"\r\n\r\n\(token)\r\n"
        let filePart =
            "--Edge\r\nContent-Disposition: form-data; name=\"export\"; filename=\"export.xml\"\r\n"
            + "Content-Type: text/xml\r\n\r\n\(file)\r\n"
        return (first ? tokenPart + filePart : filePart + tokenPart) + "--Edge--\r\n"
    }

    private func finished(_ house: HouseUnderTest, _ path: String, _ app: HTTPFields) async throws
        -> HouseUnderTest.Reply
    {
        for _ in 0..<20_000 {
            let reply = try await house.ask(.get, path, app)
            if try reply.member("state") != "running" { return reply }
            await Task.yield()
        }
        return try await house.ask(.get, path, app)
    }

    @Test("a file posted with the form is read, and what a permission covers reaches the application")
    func formUpload() async throws {
        try await HouseUnderTest.trying { house in
            let (token, record, _) = try await house.granted()
            let browser = try await house.browser()
            let form = try await house.ask(.get, "/import", browser)
            #expect(form.text.contains("Runner"))
            let posted = try await house.ask(
                .post, "/import", browser, type: "multipart/form-data; boundary=Edge", body: Self.parts(form.formToken))
            #expect(posted.status == 303)
            #expect(posted.location.hasPrefix("/imports/imp_"))
            let app = try await house.app()
            let progress = try await finished(house, "/partner" + posted.location, app)
            #expect(try progress.member("state") == "complete", "\(progress.text)")
            #expect(try progress.member("items") == "2")
            #expect(try progress.member("items_for_nobody") == "1")
            let page = try await house.ask(.get, posted.location, browser)
            #expect(page.status == 200)
            #expect(!page.text.contains("http-equiv=\"refresh\""))

            let items = try await house.ask(.get, "/api/v1/records/\(record)/items", token)
            #expect(items.text.contains("\"type\":\"steps\"") && !items.text.contains("body_weight"))
            guard case .object(let members) = try JSONParser.parse(Array(items.text.utf8)),
                case .array(let parcels) = members.first(where: { $0.name == "parcels" })?.value,
                case .object(let parcel) = parcels.first, case .string(let id) = parcel.first?.value
            else {
                Issue.record("no parcel in \(items.text)")
                return
            }
            let taken = try await house.postJSON(
                "/api/v1/records/\(record)/acknowledgements", token, "{\"parcels\":[\"\(id)\"]}")
            #expect(try taken.member("acknowledged") == "1")
        }
    }

    @Test("the form's token comes before the file, and nothing is kept without it")
    func needsTheTokenFirst() async throws {
        try await HouseUnderTest.trying { house in
            let browser = try await house.browser()
            let token = try await house.ask(.get, "/import", browser).formToken
            let type = "multipart/form-data; boundary=Edge"
            for body in [Self.parts("wrong"), Self.parts(token, first: false), "--Edge--\r\n"] {
                #expect(try await house.ask(.post, "/import", browser, type: type, body: body).status == 403)
            }
            let empty = try await house.ask(.post, "/import", browser, type: type, body: Self.parts(token, file: ""))
            #expect(empty.status == 422)
            #expect(empty.text.contains("Choose a file first."))
            let cut = String(Self.parts(token).dropLast(30))
            #expect(try await house.ask(.post, "/import", browser, type: type, body: cut).status == 400)
            #expect(try await house.postForm("/import", browser, "form_token=\(token)").status == 415)
            #expect(try await house.gateway.imports(of: house.person).isEmpty)
        }
    }

    @Test("a file beyond the limit is refused")
    func boundsFiles() async throws {
        try await HouseUnderTest.trying(uploadLimit: 100) { house in
            let browser = try await house.browser()
            let token = try await house.ask(.get, "/import", browser).formToken
            let reply = try await house.ask(
                .post, "/import", browser, type: "multipart/form-data; boundary=Edge", body: Self.parts(token))
            #expect(reply.status == 413)
            let raw = try await house.ask(
                .post, "/partner/imports", try await house.app(), type: "application/xml", body: Self.export)
            #expect(raw.status == 413)
        }
    }

    @Test(
        "the person's own app sends the file as the body, by POST or PUT", arguments: [HTTPRequest.Method.post, .put])
    func rawUpload(method: HTTPRequest.Method) async throws {
        try await HouseUnderTest.trying { house in
            let app = try await house.app()
            let begun = try await house.ask(method, "/partner/imports", app, type: "application/xml", body: Self.export)
            #expect(begun.status == 202)
            let progress = try await finished(house, "/partner/imports/\(try begun.member("import_id"))", app)
            #expect(try progress.member("state") == "complete", "\(progress.text)")
            #expect(try await house.ask(method, "/partner/imports", app, type: "text/plain", body: "x").status == 415)
        }
    }
}
