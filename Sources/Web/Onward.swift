// Where a person who has to sign in first was going. It is an approval's id or one of our own words, never an address, and it
// travels through signing in, making an account and setting a new password.

import Domain

enum Onward: Equatable {
    /// The consent that waits behind the sign-in.
    case approval(ApprovalID)
    /// Where an invitation to a record is brought.
    case recordInvitation

    private static let invitationWord = "record-invitation"

    /// From a query or a form; nil for anything that is not known.
    init?(_ form: Form) {
        if let id = ApprovalID(form.text("approval")) {
            self = .approval(id)
        } else if form.text("next") == Self.invitationWord {
            self = .recordInvitation
        } else {
            return nil
        }
    }

    var path: String {
        switch self {
        case .approval(let id): "/approvals/\(id.text)"
        case .recordInvitation: "/record-invitations"
        }
    }

    /// As the templates carry it on. Neither part needs an escape.
    var words: OnwardWords {
        switch self {
        case .approval(let id): OnwardWords(onwardField: "approval", onwardValue: id.text, isApproval: true)
        case .recordInvitation:
            OnwardWords(onwardField: "next", onwardValue: Self.invitationWord, isApproval: false)
        }
    }

    /// The sign-in that leads there.
    var signIn: String { "/sign-in?\(words.onwardField)=\(words.onwardValue)" }
}

extension Route {
    /// Where whoever is not signed in is led. Only what a person comes to by somebody else's word is remembered.
    var signIn: String {
        switch name {
        case .recordInvitationPage, .answerRecordInvitation: Onward.recordInvitation.signIn
        default: "/sign-in"
        }
    }
}
