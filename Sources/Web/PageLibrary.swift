// Renders pages from the embedded templates. All are parsed when the service starts: a broken one stops it there.

import Domain
import Gateway
import Hummingbird
import Mustache
import NIOCore

struct PageLibrary: Sendable {
    enum Page: String, CaseIterable {
        case homeSignedOut = "home_signed_out"
        case home
        case signUp = "sign_up"
        case signIn = "sign_in"
        case approval
        case approvalGoOn = "approval_go_on"
        case approvalOver = "approval_over"
        case previewNothing = "preview_nothing"
        case grant
        case receipt
        case receiptCheck = "receipt_check"
        case activity
        case accessProof = "access_proof"
        case audit
        case records
        case record
        case invitationMade = "invitation_made"
        case recordInvitation = "record_invitation"
        case invitationEntry = "invitation_entry"
        case account
        case recoveryCode = "recovery_code"
        case accountClosed = "account_closed"
        case recover
        case importForm = "import_form"
        case importStatus = "import_status"
        case problem
        case problems
    }

    private let library: MustacheLibrary
    let stylesheet: ByteBuffer

    init() throws(WebFault) {
        var library = MustacheLibrary()
        for (name, bytes) in Self.sources {
            do {
                try library.register(String(decoding: bytes, as: UTF8.self), named: name)
            } catch {
                throw .template(name)
            }
        }
        self.library = library
        stylesheet = ByteBuffer(bytes: PackageResources.licet_css)
    }

    // Pages first, then the pieces they are made of.
    static let sources: [(String, [UInt8])] = [
        ("home_signed_out", PackageResources.home_signed_out_mustache),
        ("home", PackageResources.home_mustache),
        ("sign_up", PackageResources.sign_up_mustache),
        ("sign_in", PackageResources.sign_in_mustache),
        ("approval", PackageResources.approval_mustache),
        ("approval_go_on", PackageResources.approval_go_on_mustache),
        ("approval_over", PackageResources.approval_over_mustache),
        ("preview_nothing", PackageResources.preview_nothing_mustache),
        ("grant", PackageResources.grant_mustache),
        ("receipt", PackageResources.receipt_mustache),
        ("receipt_check", PackageResources.receipt_check_mustache),
        ("activity", PackageResources.activity_mustache),
        ("access_proof", PackageResources.access_proof_mustache),
        ("audit", PackageResources.audit_mustache),
        ("records", PackageResources.records_mustache),
        ("record", PackageResources.record_mustache),
        ("invitation_made", PackageResources.invitation_made_mustache),
        ("invitation_entry", PackageResources.invitation_entry_mustache),
        ("record_invitation", PackageResources.record_invitation_mustache),
        ("account", PackageResources.account_mustache),
        ("recovery_code", PackageResources.recovery_code_mustache),
        ("account_closed", PackageResources.account_closed_mustache),
        ("recover", PackageResources.recover_mustache),
        ("import_form", PackageResources.import_form_mustache),
        ("import_status", PackageResources.import_status_mustache),
        ("problem", PackageResources.problem_mustache),
        ("problems", PackageResources.problems_mustache),
        ("layout_top", PackageResources.layout_top_mustache),
        ("layout_bottom", PackageResources.layout_bottom_mustache),
        ("mark", PackageResources.mark_mustache),
        ("flow", PackageResources.flow_mustache),
        ("faults", PackageResources.faults_mustache),
        ("form_token", PackageResources.form_token_mustache),
        ("onward_words", PackageResources.onward_words_mustache),
        ("onward_field", PackageResources.onward_field_mustache),
        ("application_card", PackageResources.application_card_mustache),
        ("environment", PackageResources.environment_mustache),
        ("receipt_words", PackageResources.receipt_words_mustache),
        ("rule_facts", PackageResources.rule_facts_mustache),
        ("rule_words", PackageResources.rule_words_mustache),
        ("record_chooser", PackageResources.record_chooser_mustache),
        ("settled_rules", PackageResources.settled_rules_mustache),
        ("preview_bar", PackageResources.preview_bar_mustache),
        ("people_picture", PackageResources.people_picture_mustache),
        ("tick", PackageResources.tick_mustache),
        ("receiver", PackageResources.receiver_mustache),
    ]

    /// `formTargets` as in `Answer.page`.
    func render(
        _ page: Page, _ context: some Sendable, status: Int = 200, formTargets: [String] = []
    ) throws(Declined) -> Response {
        let held: Any = (context as? any NamedContext).map(Named.init) ?? context
        guard let html = library.render(held, withTemplate: page.rawValue) else { throw Declined(.unexpected) }
        return Answer.page(html, status: .init(code: status), formTargets: formTargets)
    }

    /// The page of a problem.
    func problem(_ declined: Declined, id: RequestID, viewer: SignedIn?) -> Response {
        let problem = declined.problem
        let context = ProblemPage(
            page: PageFrame("Something is not right", viewer: viewer), status: problem.status,
            problemTitle: problem.title, problemDetail: declined.detail, code: problem.rawValue, requestID: id.text,
            faults: declined.faults.map { Fault(target: $0.field, message: $0.message) }, wayOn: nil)
        let html = library.render(context, withTemplate: Page.problem.rawValue) ?? problem.title
        var response = Answer.page(html, status: ProblemResponse.status(problem))
        ProblemResponse.addRetry(declined, to: &response)
        return response
    }
}
