"""A resource server that is not ours: Django with django-oauth-toolkit, which introspects at us. Run as a program; says its
port on its first line. The environment names the introspection endpoint, its credentials, and how long it keeps an answer."""

import os
import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main():
    settings.configure(
        SECRET_KEY="acceptance", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, USE_TZ=True,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
        OAUTH2_PROVIDER={
            "RESOURCE_SERVER_INTROSPECTION_URL": os.environ["FOREIGN_INTROSPECTION_URL"],
            "RESOURCE_SERVER_INTROSPECTION_CREDENTIALS": (
                os.environ["FOREIGN_CLIENT_ID"], os.environ["FOREIGN_CLIENT_SECRET"]),
            "RESOURCE_SERVER_TOKEN_CACHING_SECONDS": float(os.environ["FOREIGN_CACHE_SECONDS"]),
        })
    django.setup()
    from django.core.management import call_command
    call_command("migrate", verbosity=0, interactive=False)

    from django.http import JsonResponse
    from django.urls import path
    from oauth2_provider.views.generic import ScopedProtectedResourceMetadataView

    class Days(ScopedProtectedResourceMetadataView):
        required_scopes = ["rule:steps"]

        def get(self, request):
            return JsonResponse({"days": 7})

    class Nights(Days):
        required_scopes = ["rule:nights"]

    module = sys.modules[__name__]
    module.urlpatterns = [path("days", Days.as_view()), path("nights", Nights.as_view())]
    sys.modules.setdefault("kit.foreign_server", module)

    from django.core.wsgi import get_wsgi_application
    server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
