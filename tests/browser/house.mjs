// A house's login: the certified provider of OpenID Connect for Node, with its own pages, where any password is right.
// Said on the command line: where the provider is installed, its address, that of the site, who there is, as claims, and
// another address for logging out, or an empty one.
import { generateKeyPairSync } from "node:crypto";

const [, , provider, url, site, people, exit] = process.argv;
const { default: Provider } = await import(provider);
const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

const house = new Provider(url, {
  clients: [{
    client_id: "fachtag",
    client_secret: "geheim",
    id_token_signed_response_alg: "RS256",
    post_logout_redirect_uris: [`${site}/admin/login/`],
    redirect_uris: [`${site}/admin/oidc/haus/login/callback/`],
    token_endpoint_auth_method: "client_secret_post",
  }],
  claims: { email: ["email"], openid: ["sub"], profile: ["family_name", "given_name", "preferred_username"] },
  cookies: { keys: ["geheim"] },
  discovery: { end_session_endpoint: exit || undefined },
  features: { rpInitiatedLogout: { enabled: exit === undefined } },
  findAccount: (_context, id) => ({ accountId: id, claims: () => JSON.parse(people)[id] }),
  jwks: { keys: [{ ...key, alg: "RS256", use: "sig" }] },
  pkce: { required: () => true },
});
house.listen(Number(new URL(url).port), "127.0.0.1");
