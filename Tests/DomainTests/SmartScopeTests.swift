// SMART's scope grammar, read strictly, and what is left of a scope where less than all of it is given.

import Domain
import Testing

struct SmartScopeTests {
    static let heartRate = "http://loinc.org|8867-4"

    @Test(
        "SMART 2.2, §6 check 16: the letters stand in the order c, r, u, d, s, each at most once; nothing else is a scope"
    )
    func letters() {
        let alphabet = Array("cruds")
        var read: Set<String> = []
        for length in 0...5 {
            for word in Self.words(of: alphabet, length: length) {
                let scope = SmartScope("patient/Observation.\(word)")
                let places = word.compactMap { alphabet.firstIndex(of: $0) }
                let isInOrder = !places.isEmpty && zip(places, places.dropFirst()).allSatisfy { $0 < $1 }
                #expect((scope != nil) == isInOrder, "\(word)")
                #expect(scope.map { String($0.interactions.map(\.rawValue)) } ?? word == word)
                if scope != nil { read.insert(word) }
            }
        }
        #expect(read.count == 31)
    }

    @Test("Every level and resource reads back as it is written, as a scope too")
    func everyScope() {
        for level in SmartScope.Level.allCases {
            for resource in SmartScope.Resource.allCases {
                for letters in ["rs", "cruds", "read", "write", "*"] {
                    let text = "\(level.rawValue)/\(resource.rawValue).\(letters)"
                    let scope = SmartScope(text)
                    #expect(scope?.text == text)
                    #expect(scope?.level == level)
                    #expect(scope?.resource == resource)
                    #expect(scope.map { Scope.smart($0) } == Scope(text))
                    #expect(Scope(text)?.text == text)
                    #expect(scope?.types == (resource == .patient ? DataTypeSet.none : FHIRVocabulary.types))
                }
            }
        }
        #expect(Scope("launch/patient") == .launchPatient)
        #expect(Scope("launch/patient")?.text == "launch/patient")
    }

    @Test("The forms of version 1 mean `rs`, `cud` and `cruds`")
    func firstVersion() {
        for (old, new) in [("read", "rs"), ("write", "cud"), ("*", "cruds")] {
            #expect(
                SmartScope("user/*.\(old)")?.interactions == SmartScope("user/*.\(new)")?.interactions)
        }
    }

    @Test(
        "What is out of order, empty, unknown or repeated is no scope", arguments: SmartScopeRows.refused.map(\.scope))
    func noScope(text: String) {
        #expect(Scope(text) == nil)
    }

    @Test("Narrowing: commas widen, two parameters cut each other, and the long and the short spelling mean the same")
    func narrowing() {
        func types(_ query: String) -> DataTypeSet? { SmartScope("patient/Observation.rs?\(query)")?.types }
        #expect(types("code=8867-4") == [.heartRate])
        #expect(types("code=\(Self.heartRate)") == [.heartRate])
        #expect(types("code=8867-4,29463-7") == [.heartRate, .bodyWeight])
        #expect(types("code=2708-6") == types("code=59408-5"))
        #expect(types("category=laboratory") == [.bloodGlucose])
        #expect(types("category=\(ObservationCategory.system)|laboratory") == [.bloodGlucose])
        #expect(types("category=activity,laboratory") == [.steps, .activeEnergy, .bloodGlucose])
        #expect(types("category=vital-signs&code=8867-4,55423-8") == [.heartRate])
        #expect(types("code=55423-8&category=vital-signs") == nil)
    }

    @Test(
        "A scope that is given in part gives way to one narrower scope for each type, never saying more than is given")
    func inPart() throws {
        let read = Permissions([.read], to: [.heartRate, .bodyWeight], in: [.online])
        var both = read
        both[.online, .create] = [.bodyWeight]
        func left(_ text: String, _ permissions: Permissions) -> [String]? {
            SmartScope(text)?.given(in: permissions).map(\.text)
        }
        #expect(
            left("patient/*.read", read) == [
                "patient/Observation.rs?code=\(Self.heartRate)",
                "patient/Observation.rs?code=http://loinc.org|29463-7", "patient/Patient.rs",
            ])
        #expect(
            left("user/Observation.cruds", both) == [
                "user/Observation.rs?code=\(Self.heartRate)", "user/Observation.crs?code=http://loinc.org|29463-7",
            ])
        #expect(left("patient/Observation.rs?code=8867-4", read) == ["patient/Observation.rs?code=8867-4"])
        #expect(left("patient/Observation.rs?category=laboratory", read) == [])
        #expect(left("patient/Observation.d", both) == [])
        #expect(left("patient/*.rs", .everything) == ["patient/*.rs"])
        #expect(left("patient/*.*", .everything) == ["patient/Observation.cruds", "patient/Patient.rs"])
        #expect(left("patient/*.c", .everything) == ["patient/Observation.c"])
    }

    @Test("Whatever is given, what is said of a scope is wholly true, is of the scope, and leaves nothing of it out")
    func alwaysTrue() {
        let scopes = SmartScopeRows.read.compactMap { SmartScope($0) }
        let types: [DataTypeSet] = [
            .none, [.heartRate], [.heartRate, .steps, .sleepStage], FHIRVocabulary.types, .all,
        ]
        for scope in scopes {
            for readable in types {
                for writable in types {
                    var given = Permissions([.read], to: readable, in: [.online])
                    for access in [Access.create, .update, .delete] { given[.offline, access] = writable }
                    let said = scope.given(in: given)
                    let saidCells = said.reduce(Permissions.none) { $0.union($1.permissions) }
                    #expect(saidCells == scope.permissions.intersection(given.withoutModes), "\(scope.text)")
                    #expect(said.allSatisfy { SmartScope($0.text) == $0 && $0.given(in: given) == [$0] })
                    #expect(said.allSatisfy { $0.level == scope.level })
                }
            }
        }
    }

    @Test("Each type that FHIR has a name for is found again by each of its codes, and by its category")
    func vocabulary() {
        var seen: Set<String> = []
        for name in FHIRVocabulary.names {
            for code in name.codes {
                #expect(seen.insert(code).inserted, "\(code) means two types")
                #expect(FHIRVocabulary.type(token: code) == name.type)
                #expect(FHIRVocabulary.type(token: "http://loinc.org|\(code)") == name.type)
                #expect(FHIRVocabulary.type(token: "|\(code)") == nil)
                #expect(FHIRVocabulary.type(token: "http://snomed.info/sct|\(code)") == nil)
            }
            #expect(name.category.types.contains(name.type))
        }
        #expect(FHIRVocabulary.type(token: "") == nil)
    }

    private static func words(of alphabet: [Character], length: Int) -> [String] {
        guard length > 0 else { return [""] }
        return words(of: alphabet, length: length - 1).flatMap { word in alphabet.map { word + String($0) } }
    }
}
