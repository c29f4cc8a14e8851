"""A deployment with people in it, set up through the public surfaces only."""

from kit.browser import Browser
from kit.deployment import Deployment
from kit.parties import Application, PersonsApp, draft, query


class Scene:
    """Wraps a running deployment with the steps that most stories begin with."""

    def __init__(self, deployment: Deployment):
        self.deployment = deployment
        self.base = deployment.base
        self.secrets: set[str] = set()
        self._developers: dict[str, PersonsApp] = {}

    def person(self, login: str, password: str = "correct horse battery", name: str = "Ada Example") -> Browser:
        """Somebody who has signed up and is signed in."""
        browser = Browser(self.base)
        browser.sign_up(login, password, name)
        if not browser.cookie("licet_session"):
            browser.sign_in(login, password)
        session = browser.cookie("licet_session")
        assert session, "signing up and in leaves a session cookie"
        self.secrets |= {password, session}
        return browser

    def persons_app(self, login: str, password: str = "correct horse battery") -> PersonsApp:
        app = PersonsApp(self.base)
        answer = app.sign_in(login, password)
        assert answer.status_code == 201, answer.text
        self.secrets |= {app.token, password}
        return app

    def developer(self, environment: str = "sandbox") -> PersonsApp:
        """Somebody who owns an organization of that environment."""
        if environment not in self._developers:
            organization, invitation = self.deployment.make_organization(f"{environment} Works", environment)
            login = f"developer@{environment}.example"
            self.person(login, name="Dev Eloper")
            app = self.persons_app(login)
            answer = app.call("POST", "/developer/invitations", json={"invitation": invitation})
            assert answer.status_code in (200, 201) and answer.json()["organization_id"] == organization, answer.text
            self.secrets.add(invitation)
            self._developers[environment] = app
        return self._developers[environment]

    def register(self, name: str, rules: list[dict], environment: str = "sandbox", **more) -> Application:
        answer = self.developer(environment).call("POST", "/developer/apps", json=draft(name, rules, **more))
        assert answer.status_code == 201, answer.text
        application = Application(self.base, answer.json())
        self.secrets |= {secret for secret in (application.secret, application.webhook_secret) if secret}
        return application

    def consent(self, application: Application, person: PersonsApp, scope: str, approve: list[str]) -> dict:
        """The whole flow by JSON: server start, the person's own app approves, the code becomes a token."""
        started, verifier = application.start(scope)
        assert started.status_code == 201, started.text
        approval = started.json()["approval_id"]
        decided = person.call("POST", f"/partner/consent/pending/{approval}/approve", json={"approvedScopes": approve})
        assert decided.status_code == 200, decided.text
        redirect = decided.json()["redirect_to"]
        answer = application.exchange(redirect, verifier)
        assert answer.status_code == 200, answer.text
        token = answer.json()
        self.secrets |= {query(redirect)["code"], token["access_token"], verifier}
        return token | {"grant_id": decided.json()["grant_id"]}
