// What applications send people to the shell with: every wrapping they are known to use, and every fault of naming and numbering.

import Domain
import Gateway
import Testing

@testable import Web

@Suite("The shell's query")
struct ShellQueryTests {
    struct Wrapping: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let query: String

        init(_ description: String, _ query: String) {
            testDescription = description
            self.query = query
        }
    }

    static let wrappings: [Wrapping] = [
        Wrapping(
            "encoded once", "target=APPAUTH&targetqs=appid%3Dapp_1%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight"),
        Wrapping(
            "encoded in lower-case hexadecimal",
            "target=APPAUTH&targetqs=appid%3dapp_1%26onopt1%3dsleep%26onopt2%3dheart%26offopt1%3dnight"),
        Wrapping(
            "encoded with a question mark before it",
            "target=APPAUTH&targetqs=%3Fappid%3Dapp_1%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight"),
        Wrapping(
            "a bare question mark before what is encoded",
            "target=APPAUTH&targetqs=?appid%3Dapp_1%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight"),
        Wrapping(
            "encoded twice",
            "target=APPAUTH&targetqs=appid%253Dapp_1%2526onopt1%253Dsleep%2526onopt2%253Dheart%2526offopt1%253Dnight"),
        Wrapping(
            "encoded twice with a question mark",
            "target=APPAUTH&targetqs=%253Fappid%253Dapp_1%2526onopt1%253Dsleep%2526onopt2%253Dheart"
                + "%2526offopt1%253Dnight"),
        Wrapping("not encoded", "target=APPAUTH&targetqs=appid=app_1&onopt1=sleep&onopt2=heart&offopt1=night"),
        Wrapping(
            "not encoded, with a question mark",
            "target=APPAUTH&targetqs=?appid=app_1&onopt1=sleep&onopt2=heart&offopt1=night"),
        Wrapping(
            "only the ampersands encoded",
            "target=APPAUTH&targetqs=appid=app_1%26onopt1=sleep%26onopt2=heart%26offopt1=night"),
        Wrapping(
            "only the equals signs encoded",
            "target=APPAUTH&targetqs=appid%3Dapp_1&onopt1=sleep&onopt2=heart&offopt1=night"),
        Wrapping(
            "each pair encoded by itself",
            "target=APPAUTH&targetqs=appid%3Dapp_1&onopt1%3Dsleep&onopt2%3Dheart&offopt1%3Dnight"),
        Wrapping(
            "each pair encoded by itself, some of them together, with question marks",
            "target%3DAPPAUTH&targetqs=%3Fappid%3Dapp_1&%3Fonopt1%3Dsleep%26OnOpt2%3Dheart&&offopt1%3Dnight"),
        Wrapping(
            "encoded by half: the rest fell out",
            "target=APPAUTH&targetqs=appid%3Dapp_1%26onopt1%3Dsleep&onopt2=heart&offopt1=night"),
        Wrapping(
            "doubled ampersands inside",
            "target=APPAUTH&targetqs=appid%3Dapp_1%26%26onopt1%3Dsleep%26%26onopt2%3Dheart%26offopt1%3Dnight%26"),
        Wrapping(
            "doubled ampersands outside",
            "&&target=APPAUTH&&targetqs=appid=app_1&&onopt1=sleep&&onopt2=heart&offopt1=night&"),
        Wrapping(
            "names in any case",
            "Target=APPAUTH&TargetQS=AppId%3Dapp_1%26OnOpt1%3Dsleep%26ONOPT2%3Dheart%26offOpt1%3Dnight"),
        Wrapping(
            "the target in any case",
            "target=AppAuth&targetqs=appid%3Dapp_1%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight"),
        Wrapping(
            "the target behind",
            "targetqs=appid%3Dapp_1%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight&target=APPAUTH"),
        Wrapping(
            "numbers in any order",
            "target=APPAUTH&targetqs=offopt1%3Dnight%26onopt2%3Dheart%26appid%3Dapp_1%26onopt1%3Dsleep"),
        Wrapping(
            "trm inside",
            "target=APPAUTH&targetqs=appid%3Dapp_1%26trm%3Dpost%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight"),
        Wrapping(
            "trm outside",
            "target=APPAUTH&trm=post&targetqs=appid%3Dapp_1%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight"),
        Wrapping(
            "trm inside and outside",
            "target=APPAUTH&trm=post&targetqs=appid%3Dapp_1%26trm%3Dpost%26onopt1%3Dsleep%26onopt2%3Dheart"
                + "%26offopt1%3Dnight"),
        Wrapping(
            "what the platform's other targets take, and what nobody knows",
            "target=APPAUTH&redirect=https%3A%2F%2Fa.example%2F%3Fx%3D1%26y%3D2&ismra=true&lcid=1033&culture=de-de"
                + "&aib=true&mobile=true&forceappauth=true&targetqs=isMRA%3Dtrue%26whatever%3D1%26appid%3Dapp_1"
                + "%26onopt1%3Dsleep%26onopt2%3Dheart%26offopt1%3Dnight"),
        Wrapping("without any envelope", "target=APPAUTH&appid=app_1&onopt1=sleep&onopt2=heart&offopt1=night"),
    ]

    @Test("A7: however an application wraps it, the same is asked", arguments: wrappings)
    func unwraps(_ wrapping: Wrapping) throws {
        let request = try ShellQuery(wrapping.query).request
        #expect(
            request
                == ShellRequest(
                    application: "app_1", online: ["sleep", "heart"], offline: ["night"], record: nil, actionQuery: nil)
        )
    }

    @Test(
        "A7: what is returned as it came is read once and no more, in every wrapping",
        arguments: [
            "target=APPAUTH&targetqs=appid%3Dapp_1%26extrecordid%3Dr_1%26actionqs%3Da%253D1%2526b%253D2",
            "target=APPAUTH&targetqs=actionqs%3Da%253D1%2526b%253D2%26appid%3Dapp_1%26extrecordid%3Dr_1",
            "target=APPAUTH&targetqs=appid%253Dapp_1%2526extrecordid%253Dr_1%2526actionqs%253Da%25253D1%252526b%25253D2",
            "target=APPAUTH&targetqs=appid=app_1&extRecordId=r_1&actionqs=a%3D1%26b%3D2",
            "target=APPAUTH&targetqs=actionqs=a%3D1%26b%3D2&appid=app_1&extrecordid=r_1",
            "target=APPAUTH&targetqs=?ActionQs=a%3D1%26b%3D2&appid=app_1&extrecordid=r_1",
            "target=APPAUTH&targetqs=appid%3Dapp_1&ActionQs%3Da%253D1%2526b%253D2&extrecordid%3Dr_1",
        ])
    func keepsTheActionQuery(_ query: String) throws {
        let request = try ShellQuery(query).request
        #expect(request.actionQuery == "a=1&b=2")
        #expect(request.record == "r_1")
        #expect(request.application == "app_1")
    }

    @Test("a hundred rules of each kind can be named, and what is empty counts as left out")
    func takesAHundred() throws {
        let rules = (1...100).map { "&onopt\($0)=a\($0)&offopt\($0)=b\($0)" }.joined()
        let request = try ShellQuery("target=APPAUTH&appid=app_1&extrecordid=&actionqs=\(rules)").request
        #expect(request.online == (1...100).map { "a\($0)" })
        #expect(request.offline == (1...100).map { "b\($0)" })
        #expect(request.record == nil && request.actionQuery == nil)
    }

    struct Fault: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let field: String
        let message: String

        init(_ query: String, _ field: String, _ message: String) {
            testDescription = query
            self.field = field
            self.message = message
        }
    }

    static let faults: [Fault] = [
        Fault("appid=a&onopt1=x&onopt3=z", "onopt3", "onopt2 is missing"),
        Fault("appid=a&onopt3=z&onopt1=x", "onopt3", "onopt2 is missing"),
        Fault("appid=a&onopt1=x&onopt9=z&onopt8=y", "onopt8", "onopt2 is missing"),
        Fault("appid=a&onopt2=x", "onopt2", "onopt1 is missing"),
        Fault("appid=a&onopt1=x&offopt2=y", "offopt2", "offopt1 is missing"),
        Fault("appid=a&offopt1=x&offopt2=y&offopt4=z", "offopt4", "offopt3 is missing"),
        Fault("appid=a&onopt1=x&onopt1=x", "onopt1", "given more than once"),
        Fault("appid=a&onopt1=x&OnOpt1=y", "onopt1", "given more than once"),
        Fault("appid=a&onopt01=x", "onopt01", "'onopt' is followed by a number: 1, 2, 3 and so on"),
        Fault("appid=a&onopt0=x", "onopt0", "'onopt' is followed by a number: 1, 2, 3 and so on"),
        Fault("appid=a&onopt=x", "onopt", "'onopt' is followed by a number: 1, 2, 3 and so on"),
        Fault("appid=a&onopt1=x&onopta=x", "onopta", "'onopt' is followed by a number: 1, 2, 3 and so on"),
        Fault("appid=a&offopt-1=x", "offopt-1", "'offopt' is followed by a number: 1, 2, 3 and so on"),
        Fault("appid=a&offopt1.5=x", "offopt1.5", "'offopt' is followed by a number: 1, 2, 3 and so on"),
        Fault("appid=a&onopt%D9%A1=x", "onopt\u{661}", "'onopt' is followed by a number: 1, 2, 3 and so on"),
        Fault("appid=a&onopt101=x", "onopt101", "at most 100 rules"),
        Fault("appid=a&onopt99999999999999999999=x", "onopt99999999999999999999", "at most 100 rules"),
        Fault("appid=a&onopt1=", "onopt1", "a rule's name is missing"),
        Fault("appid=a&onopt1", "onopt1", "a rule's name is missing"),
        Fault("onopt1=x", "appid", "this parameter is needed"),
        Fault("appid=&onopt1=x", "appid", "this parameter is needed"),
        Fault("appid=a&appid=a", "appid", "given more than once"),
        Fault("appid=a&AppID=b", "appid", "given more than once"),
        Fault("appid=a&extrecordid=r&extrecordid=s", "extrecordid", "given more than once"),
        Fault("appid=a&actionqs=r&actionqs=s", "actionqs", "given more than once"),
        Fault("appid=a&targetqs=appid%3Da", "appid", "given more than once"),
        Fault("targetqs=appid%3Da&targetqs=onopt1%3Dx", "targetqs", "given more than once"),
    ]

    @Test("A7: a fault of naming or numbering names its parameter", arguments: faults)
    func namesFaults(_ fault: Fault) throws {
        let declined = #expect(throws: Declined.self) {
            try ShellQuery("target=APPAUTH&\(fault.testDescription)")
        }
        #expect(declined?.problem == .invalidFields)
        #expect(declined?.faults.contains(FieldFault(fault.field, fault.message)) == true, "\(declined?.faults ?? [])")
    }

    @Test("every fault is said at once")
    func saysAllFaults() throws {
        let declined = #expect(throws: Declined.self) {
            try ShellQuery("target=APPAUTH&onopt2=x&offopt0=y&offopt7=z")
        }
        #expect(declined?.faults.map(\.field) == ["offopt0", "appid", "onopt2", "offopt7"])
    }

    @Test(
        "another target, none, or two, and a broken escape are refused as a whole",
        arguments: [
            "", "appid=a", "target=AUTH&targetqs=appid%3Da", "target=&appid=a", "target=APPAUTH&target=APPAUTH&appid=a",
            "target=CREATEACCOUNT", "target=APPAUTHX", "target=APPAUTH&targetqs=%3",
            "target=APPAUTH&targetqs=appid%3D%25zz",
            "target=APPAUTH&targetqs=appid%3D%2500", "target=APPAUTH&appid=%FF", "target=APPAUTH&%zz=1&appid=a",
            "target=%zz",
        ])
    func refuses(_ query: String) throws {
        let declined = #expect(throws: Declined.self) { try ShellQuery(query) }
        #expect(declined?.problem == .invalidRequest)
    }
}
