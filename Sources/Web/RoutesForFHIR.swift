// The part of the route table that FHIR clients and SMART applications come to.

import Domain
import HTTPTypes

extension RouteTable {
    /// Under the public URL; what FHIR calls its base, and what an application names as `aud`.
    static let fhirBase = "/fhir/r4"

    static let fhir: [Route] = [
        route(
            .fhirMetadata, .get, "/fhir/r4/metadata", .anyone, .fhir, [],
            "Says what the FHIR surface can do, and where authorization is found (CapabilityStatement).", isShared: true
        ),
        route(
            .fhirSmartConfiguration, .get, "/fhir/r4/.well-known/smart-configuration", .anyone, .json, [],
            "Describes the authorization server to SMART applications (SMART App Launch 2.2).", isShared: true),
        route(
            .smartConfiguration, .get, "/.well-known/smart-configuration", .anyone, .json, [],
            "Says the same to those who look for it at the root.", isShared: true),
        route(
            .fhirPatient, .get, "/fhir/r4/Patient/{record}", .token, .fhir,
            [.notAuthenticated, .tokenExpired, .consentRequired, .accessDenied],
            "Gives the record as a Patient: the application's own id for it, and nothing else of the person.",
            isShared: true),
        route(
            .fhirObservations, .get, "/fhir/r4/Observation", .token, .fhir,
            [.notAuthenticated, .tokenExpired, .consentRequired, .accessDenied, .accessNotRecorded, .invalidFields],
            "Gives what waits for the application as Observations, as far as the person permits.", isShared: true),
    ]
}
