"""A server that wants a token, and the authorization server that gives it, at two ports of one process.

    authorized.py --port-file FILE [--lifetime SECONDS] [--log FILE] [how it misbehaves]

The port is that of the MCP server, whose endpoint is /mcp; the other port stands in its metadata. Both are made with
the SDK's own parts: 401 with WWW-Authenticate, protected resource metadata, authorization server metadata, dynamic
registration, PKCE with S256, refresh tokens that rotate. /authorize asks nobody: it redirects at once.

POST /control/expire ends all access tokens, POST /control/revoke all tokens, POST /control/forget the registered
clients too. POST /control/set?deny=1&html=0&... turns options on and off while it runs.
"""

import json
import secrets
import time
from urllib.parse import parse_qsl

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import (
    AccessToken,
    AuthorizationCode,
    OAuthAuthorizationServerProvider,
    ProviderTokenVerifier,
    RefreshToken,
    TokenError,
    construct_redirect_uri,
)
from mcp.server.auth.routes import build_metadata, create_auth_routes
from mcp.server.auth.settings import AuthSettings, ClientRegistrationOptions, RevocationOptions
from mcp.server.mcpserver import MCPServer
from mcp.shared.auth import InvalidRedirectUriError, OAuthClientInformationFull, OAuthToken
from pydantic import AnyHttpUrl, BaseModel
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from serving import Log, Logged, arguments, listener, serve_all, tell, whole

SCOPE = "mcp"
KNOWN_CLIENT = "egghead-test"


class KnownClient(OAuthClientInformationFull):
    """A client that was registered by hand: it may come back to any port of the loopback interface."""

    def validate_redirect_uri(self, redirect_uri):
        if redirect_uri is None or redirect_uri.host not in ("127.0.0.1", "localhost", "[::1]"):
            raise InvalidRedirectUriError("only the loopback interface")
        return redirect_uri


class Provider(OAuthAuthorizationServerProvider):
    def __init__(self, told, issuer):
        self.told, self.issuer = told, issuer
        self.clients, self.codes, self.access, self.refresh = {}, {}, {}, {}
        self.used = set()
        self.scopes = [SCOPE] + ([told.scope] if told.scope else [])
        if told.no_registration:
            self.clients[KNOWN_CLIENT] = KnownClient(
                client_id=KNOWN_CLIENT,
                client_secret=told.client_secret,
                token_endpoint_auth_method=told.client_auth if told.client_secret else "none",
                scope=" ".join(self.scopes),
            )

    async def get_client(self, client_id):
        return self.clients.get(client_id)

    async def register_client(self, client_info):
        # With the scopes of its first request alone, a client could never ask for more of them.
        client_info.scope = " ".join(self.scopes)
        self.clients[client_info.client_id] = client_info

    async def authorize(self, client, params):
        back = str(params.redirect_uri)
        iss = None if self.told.no_iss else self.issuer
        if self.told.iss_mismatch:
            iss = "https://elsewhere.example"
        state = "not-yours" if self.told.state_mismatch else params.state
        if self.told.deny:
            return construct_redirect_uri(
                back, error="access_denied", error_description="The owner said no.", state=state, iss=iss
            )
        code = secrets.token_urlsafe(32)
        self.codes[code] = AuthorizationCode(
            code=code,
            scopes=params.scopes or [SCOPE],
            expires_at=time.time() + 60,
            client_id=client.client_id,
            code_challenge=params.code_challenge,
            redirect_uri=params.redirect_uri,
            redirect_uri_provided_explicitly=params.redirect_uri_provided_explicitly,
            resource=params.resource,
            subject="owner",
        )
        return construct_redirect_uri(back, code=code, state=state, iss=iss)

    async def load_authorization_code(self, client, authorization_code):
        return self.codes.get(authorization_code)

    async def exchange_authorization_code(self, client, authorization_code):
        if self.codes.pop(authorization_code.code, None) is None:
            raise TokenError("invalid_grant", "The code was used.")
        return self.issue(client, authorization_code.scopes, authorization_code.resource)

    async def load_refresh_token(self, client, refresh_token):
        if refresh_token in self.used:
            self.revoke_everything()
        return self.refresh.get(refresh_token)

    async def exchange_refresh_token(self, client, refresh_token, scopes):
        self.used.add(refresh_token.token)
        del self.refresh[refresh_token.token]
        return self.issue(client, scopes, refresh_token.resource, refresh_token.scopes)

    def issue(self, client, scopes, resource, granted=None):
        token, again = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        common = {"client_id": client.client_id, "resource": resource, "subject": "owner"}
        ends = time.time() + self.told.lifetime
        claims = {"iss": self.issuer}
        self.access[token] = ends, AccessToken(token=token, scopes=scopes, claims=claims, **common)
        if not self.told.no_refresh:
            self.refresh[again] = RefreshToken(token=again, scopes=granted or scopes, **common)
        return OAuthToken(
            access_token=token,
            expires_in=int(self.told.lifetime),
            scope=" ".join(scopes),
            refresh_token=None if self.told.no_refresh else again,
        )

    async def load_access_token(self, token):
        ends, found = self.access.get(token, (0, None))
        return found if time.time() < ends else None

    async def revoke_token(self, token):
        self.access.pop(token.token, None)
        self.refresh.pop(token.token, None)

    def revoke_everything(self):
        self.access.clear()
        self.refresh.clear()
        self.codes.clear()


class Access(BaseModel):
    client: str
    scopes: list[str]


def make_server(provider, told, issuer, resource):
    settings = AuthSettings(
        issuer_url=issuer,
        resource_server_url=resource.replace("/mcp", "/other") if told.wrong_resource else resource,
        required_scopes=[SCOPE],
        validate_token_resource=not told.wrong_resource,
    )
    mcp = MCPServer(
        "authorized", auth=settings, token_verifier=ProviderTokenVerifier(provider), instructions="Use add for sums."
    )

    @mcp.tool()
    def add(a: int, b: int) -> int:
        """Adds two numbers"""
        return a + b

    @mcp.tool()
    def access() -> Access:
        """Says what the token allows"""
        token = get_access_token()
        return Access(client=token.client_id, scopes=token.scopes)

    @mcp.tool()
    def secret() -> str:
        """Needs the scope that --scope names"""
        return "the secret"

    return mcp


class Guard:
    """An ASGI layer before the server: the second scope for one tool, a bare 401, and what a test commands."""

    def __init__(self, app, provider, told, resource):
        self.app, self.provider, self.told, self.resource = app, provider, told, resource

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"].startswith("/control/"):
            await self.control(scope)(scope, receive, send)
        elif self.told.scope and scope["method"] == "POST":
            await self.scoped(scope, receive, send)
        else:
            await self.app(scope, receive, self.bare(send))

    def control(self, scope):
        command = scope["path"].removeprefix("/control/")
        if command == "expire":
            self.provider.access.clear()
        elif command in ("revoke", "forget"):
            self.provider.revoke_everything()
            if command == "forget":
                known = self.provider.clients.get(KNOWN_CLIENT)
                self.provider.clients = {KNOWN_CLIENT: known} if known else {}
        elif command == "set":
            for name, value in parse_qsl(scope["query_string"].decode()):
                setattr(self.told, name.replace("-", "_"), float(value) if name == "lifetime" else value == "1")
        else:
            return Response(status_code=404)
        return JSONResponse({"access": len(self.provider.access), "refresh": len(self.provider.refresh)})

    async def scoped(self, scope, receive, send):
        body, again = await whole(receive)
        try:
            params = json.loads(body).get("params", {})
        except (ValueError, AttributeError):
            params = {}
        header = dict(scope["headers"]).get(b"authorization", b"").decode()
        token = await self.provider.load_access_token(header.removeprefix("Bearer "))
        if params.get("name") == "secret" and token is not None and self.told.scope not in token.scopes:
            metadata = self.resource.replace("/mcp", "/.well-known/oauth-protected-resource/mcp")
            challenge = (
                f'Bearer error="insufficient_scope", scope="{self.told.scope}", resource_metadata="{metadata}", '
                'error_description="This tool needs more"'
            )
            answer = JSONResponse({"error": "insufficient_scope"}, 403, {"WWW-Authenticate": challenge})
            await answer(scope, receive, send)
            return
        await self.app(scope, again, self.bare(send))

    def bare(self, send):
        async def sending(message):
            if self.told.bare_401 and message.get("status") == 401:
                message["headers"] = [pair for pair in message["headers"] if pair[0] != b"www-authenticate"]
            await send(message)

        return sending


def page_route(route, told):
    """The route of the token endpoint, which answers a page when it is told to."""

    async def answer(scope, receive, send):
        page = HTMLResponse("<html><body><h1>Internal Server Error</h1></body></html>", 500)
        await (page if told.html else route.app)(scope, receive, send)

    class Either:
        __call__ = staticmethod(answer)

    return Route(route.path, Either(), methods=["POST"])


def make_authorization_server(provider, told, issuer, tenant):
    registration = ClientRegistrationOptions(
        enabled=not told.no_registration, valid_scopes=provider.scopes, default_scopes=provider.scopes
    )
    revocation = RevocationOptions(enabled=True)
    url = AnyHttpUrl(issuer)
    document = build_metadata(url, None, registration, revocation).model_dump(mode="json", exclude_none=True)
    # As plain text: the type of the URL would add a slash, and issuers are compared as they are written.
    document["issuer"] = issuer + "/other" if told.issuer_mismatch else issuer
    document["token_endpoint_auth_methods_supported"].append("none")
    if not told.no_iss:
        document["authorization_response_iss_parameter_supported"] = True
    if told.no_pkce:
        del document["code_challenge_methods_supported"]

    async def metadata(request):
        return JSONResponse(document)

    routes = create_auth_routes(provider, url, None, registration, revocation)
    routes = [route for route in routes if not route.path.startswith("/.well-known/")]
    routes = [page_route(route, told) if route.path == "/token" else route for route in routes]
    if tenant:
        # The last of the addresses that a client tries for an issuer with a path.
        return Starlette(
            routes=[Route(f"{tenant}/.well-known/openid-configuration", metadata), Mount(tenant, routes=routes)]
        )
    routes.append(Route("/.well-known/oauth-authorization-server", metadata))
    if told.moved:
        routes.insert(0, Route("/register", lambda request: RedirectResponse(told.moved, 307), methods=["POST"]))
    return Starlette(routes=routes)


def main():
    parser = arguments(__doc__)
    parser.add_argument("--lifetime", type=float, default=3_600, help="how long an access token is good")
    parser.add_argument("--scope", help="a second scope, which the tool secret needs")
    parser.add_argument("--tenant", action="store_true", help="an issuer with a path, found at the last address only")
    parser.add_argument("--no-registration", action="store_true", help=f"only the client {KNOWN_CLIENT}")
    parser.add_argument("--client-secret", help=f"the secret of {KNOWN_CLIENT}")
    parser.add_argument("--client-auth", default="client_secret_post", help="or client_secret_basic")
    parser.add_argument("--issuer-mismatch", action="store_true", help="metadata that names another issuer")
    parser.add_argument("--iss-mismatch", action="store_true", help="a redirect that names another issuer")
    parser.add_argument("--state-mismatch", action="store_true", help="a redirect with another state")
    parser.add_argument("--no-iss", action="store_true", help="redirects and metadata without RFC 9207")
    parser.add_argument("--no-pkce", action="store_true", help="metadata without code_challenge_methods_supported")
    parser.add_argument("--no-refresh", action="store_true", help="no refresh tokens")
    parser.add_argument("--wrong-resource", action="store_true", help="metadata of another resource")
    parser.add_argument("--bare-401", action="store_true", help="401 without WWW-Authenticate")
    parser.add_argument("--deny", action="store_true", help="the owner says no")
    parser.add_argument("--html", action="store_true", help="the token endpoint answers a page with status 500")
    parser.add_argument("--moved", metavar="URL", help="registration redirects (307) to this address")
    parser.add_argument("--stateless", action="store_true")
    told = parser.parse_args()
    ours, theirs = listener(told.port), listener()
    port = ours.getsockname()[1]
    tenant = "/tenant" if told.tenant else ""
    issuer = f"http://127.0.0.1:{theirs.getsockname()[1]}{tenant}"
    resource = f"http://127.0.0.1:{port}/mcp"
    provider = Provider(told, issuer)
    app = make_server(provider, told, issuer, resource).streamable_http_app(stateless_http=told.stateless)
    log = Log(told.log)
    serve_all(
        [
            (Logged(Guard(app, provider, told, resource), log, "resource"), ours),
            (Logged(make_authorization_server(provider, told, issuer, tenant), log, "authorization"), theirs),
        ],
        lambda: tell(told.port_file, port),
    )


if __name__ == "__main__":
    main()
