// FHIR R4 for applications that speak it: what the surface can do, the Patient, and the Observations that wait.

import Domain
import Gateway
import HTTPTypes
import Hummingbird
import NIOCore

extension Server {
    func describeFHIR(_ incoming: Incoming) async throws(Declined) -> Response {
        Self.fhir(capabilityStatement(publicURL: settings.publicURL, endpoints: OAuthEndpoints(RouteTable.all)))
    }

    /// JSON whatever the Accept header says (SMART App Launch 2.2, conformance).
    func describeSmart(_ incoming: Incoming) async throws(Declined) -> Response {
        Answer.json(
            smartConfiguration(
                publicURL: settings.publicURL, endpoints: OAuthEndpoints(RouteTable.all), offered: .today))
    }

    func readPatient(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let record = ObservationQuery.record(incoming.parameter("record"))
        let name = try await gateway.findPatient(
            token: token.text, key: token.key, record: record, request: incoming.id)
        return Self.fhir(.object(["resourceType": .string("Patient"), "id": .string(name.fhirText)]))
    }

    func searchObservations(_ incoming: Incoming, token: PresentedToken) async throws(Declined) -> Response {
        let asked = try ObservationQuery(try incoming.query())
        let page = try await gateway.readObservations(
            token: token.text, key: token.key, record: asked.record, filter: asked.filter, count: asked.count,
            from: asked.place,
            request: incoming.id)
        let base = settings.publicURL + RouteTable.fhirBase
        var response = Answer.bytes(
            Self.bundle(page, asked, base: base), contentType: ProblemResponse.fhirContentType)
        response.headers.append(HTTPField(name: .audit, value: page.audit.text))
        return response
    }

    private static func fhir(_ resource: JSONValue) -> Response {
        Answer.json(resource, contentType: ProblemResponse.fhirContentType)
    }

    /// A searchset. FHIR has no empty arrays: without a match there is no `entry`.
    private static func bundle(_ page: ObservationPage, _ asked: ObservationQuery, base: String) -> ByteBuffer {
        var body = ByteBuffer()
        body.reserveCapacity(page.entries.reduce(512) { $0 + $1.json.count + 160 })
        body.writeStaticString(
            "{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"link\":[{\"relation\":\"self\",\"url\":")
        body.writeJSONString("\(base)/Observation?\(asked.text(for: page.record, from: asked.place))")
        if let next = page.next {
            body.writeStaticString("},{\"relation\":\"next\",\"url\":")
            body.writeJSONString("\(base)/Observation?\(asked.text(for: page.record, from: next))")
        }
        body.writeStaticString("}]")
        for (place, entry) in page.entries.enumerated() {
            body.writeStaticString(place == 0 ? ",\"entry\":[{\"fullUrl\":" : ",{\"fullUrl\":")
            body.writeJSONString("\(base)/Observation/\(entry.id)")
            body.writeStaticString(",\"resource\":")
            body.writeBytes(entry.json)
            body.writeStaticString(",\"search\":{\"mode\":\"match\"}}")
        }
        body.writeStaticString(page.entries.isEmpty ? "}" : "]}")
        return body
    }
}
