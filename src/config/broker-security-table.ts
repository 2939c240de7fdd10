// The broker keys that Ottla obeys about who may connect: TLS, SASL, tokens. Most may stand behind
// `listener.name.<listener>.`, those of SASL behind `listener.name.<listener>.<mechanism>.` too:
// listener-security.ts.
import { dayMs, hourMs, KiB } from '../base/units.ts'
import { key, type BrokerTable } from './broker-key.ts'
import { atLeast, bool, int, javaClass, list, long, oneOf, password, string } from './kinds.ts'

const storeTypes = 'JKS, PKCS12 or PEM'

/** TLS keys. */
const tlsTable = {
  'ssl.keystore.type': key(
    string('JKS'),
    'medium',
    `What the key store is: ${storeTypes}. A file that is another of these is read as what it is.`,
    'per-broker',
  ),
  'ssl.keystore.location': key(
    string(null),
    'medium',
    'The file with the broker’s key and certificate chain. Replaced on disk, it is taken up without a restart.',
    'per-broker',
  ),
  'ssl.keystore.password': key(password(), 'medium', 'Opens the key store.', 'per-broker'),
  'ssl.keystore.certificate.chain': key(
    password(),
    'medium',
    'The certificate chain itself, as PEM (with ssl.keystore.type=PEM).',
    'per-broker',
  ),
  'ssl.keystore.key': key(
    password(),
    'medium',
    'The private key itself, as PKCS#8 PEM (with ssl.keystore.type=PEM).',
    'per-broker',
  ),
  'ssl.key.password': key(
    password(),
    'medium',
    'Opens the key where it has a password of its own.',
    'per-broker',
  ),
  'ssl.truststore.type': key(
    string('JKS'),
    'medium',
    `What the trust store is: ${storeTypes}.`,
    'per-broker',
  ),
  'ssl.truststore.location': key(
    string(null),
    'medium',
    'The file with the certificates that clients’ certificates must lead to. Unset: those that Node trusts.',
    'per-broker',
  ),
  'ssl.truststore.password': key(
    password(),
    'medium',
    'Opens the trust store. A JKS or PKCS12 store with a password is checked with it.',
    'per-broker',
  ),
  'ssl.truststore.certificates': key(
    password(),
    'medium',
    'The trusted certificates themselves, as PEM (with ssl.truststore.type=PEM).',
    'per-broker',
  ),
  'ssl.client.auth': key(
    oneOf('none', ['required', 'requested', 'none']),
    'medium',
    'Whether clients show a certificate. On SASL_SSL listeners it counts only with the listener’s prefix, as in Kafka.',
    'per-broker',
  ),
  'ssl.enabled.protocols': key(
    list('TLSv1.2,TLSv1.3'),
    'medium',
    'The versions of TLS that are spoken: all from the lowest to the highest that is named.',
    'per-broker',
  ),
  'ssl.protocol': key(
    string('TLSv1.3'),
    'medium',
    'Kept; ssl.enabled.protocols says which versions are spoken.',
    'per-broker',
  ),
  'ssl.cipher.suites': key(
    list(''),
    'medium',
    'The cipher suites, by their IANA names. Empty: Node’s own choice.',
    'per-broker',
  ),
  'ssl.principal.mapping.rules': key(
    string('DEFAULT'),
    'low',
    'How a certificate’s distinguished name becomes a user name: RULE:pattern/replacement/[LU] or DEFAULT, between commas.',
  ),
  'ssl.allow.dn.changes': key(
    bool(false),
    'low',
    'Whether a key store that AlterConfigs names may hold a certificate of another distinguished name.',
  ),
  'ssl.allow.san.changes': key(
    bool(false),
    'low',
    'Whether a key store that AlterConfigs names may lack alternative names of the certificate until now.',
  ),
} as const satisfies BrokerTable

/** SASL keys. */
const saslTable = {
  'sasl.enabled.mechanisms': key(
    list('GSSAPI'),
    'medium',
    'The mechanisms of SASL listeners: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER. GSSAPI (Kerberos) is not served.',
    'per-broker',
  ),
  'sasl.jaas.config': key(
    password(),
    'medium',
    'The login module line of a mechanism: listener.name.<listener>.<mechanism>.sasl.jaas.config. PLAIN takes its users from it: user_<name>="<password>".',
    'per-broker',
  ),
  'sasl.server.callback.handler.class': key(
    javaClass(null),
    'medium',
    'Of Kafka’s own classes, OAuthBearerUnsecuredValidatorCallbackHandler accepts unsigned tokens and OAuthBearerValidatorCallbackHandler refuses them. No class is loaded.',
  ),
  'sasl.server.max.receive.size': key(
    int(512 * KiB),
    'medium',
    'The largest request of a client that has not logged in, in bytes.',
  ),
  'connections.max.reauth.ms': key(
    long(0),
    'medium',
    'How long a SASL log-in counts (KIP-368): then the client logs in again, or loses its connection. Milliseconds; 0: for ever.',
  ),
  'connection.failed.authentication.delay.ms': key(
    int(100, atLeast(0)),
    'low',
    'How long the answer to a failed log-in waits. Milliseconds; more for an address that fails often.',
  ),
  'sasl.oauthbearer.jwks.endpoint.url': key(
    string(null),
    'medium',
    'Where the keys of OAUTHBEARER tokens are: an https, http or file URL of a JSON Web Key Set.',
  ),
  'sasl.oauthbearer.jwks.endpoint.refresh.ms': key(
    long(hourMs),
    'low',
    'How often the keys are fetched again. Milliseconds. A token with an unknown key fetches them sooner.',
  ),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': key(
    long(100),
    'low',
    'The wait before keys that could not be fetched are asked for again. Milliseconds; doubled each time.',
  ),
  'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': key(
    long(10_000),
    'low',
    'The longest such wait. Milliseconds.',
  ),
  'sasl.oauthbearer.expected.audience': key(
    list(''),
    'high',
    'The audiences of which a token must name one. Empty: any.',
  ),
  'sasl.oauthbearer.expected.issuer': key(
    string(null),
    'high',
    'The issuer that a token must name. Unset: any.',
  ),
  'sasl.oauthbearer.clock.skew.seconds': key(
    int(30),
    'low',
    'How far the clocks of issuer and broker may differ, in seconds.',
  ),
  'sasl.oauthbearer.scope.claim.name': key(
    string('scope'),
    'low',
    'The claim of a token that holds its scopes.',
  ),
  'sasl.oauthbearer.sub.claim.name': key(
    string('sub'),
    'low',
    'The claim of a token that names the user.',
  ),
} as const satisfies BrokerTable

/** Delegation token keys (KIP-48). */
const tokenTable = {
  'delegation.token.secret.key': key(
    password(),
    'medium',
    'The secret that delegation tokens are made with. Unset: there are none.',
  ),
  'delegation.token.max.lifetime.ms': key(
    long(7 * dayMs, atLeast(1)),
    'medium',
    'How long a token can be renewed at most. Milliseconds.',
  ),
  'delegation.token.expiry.time.ms': key(
    long(dayMs, atLeast(1)),
    'medium',
    'How long a token is valid before it is renewed. Milliseconds.',
  ),
  'delegation.token.expiry.check.interval.ms': key(
    long(hourMs, atLeast(1)),
    'low',
    'How often expired tokens are removed. Milliseconds.',
  ),
} as const satisfies BrokerTable

/** Every key about who may connect. */
export const securityTable = { ...tlsTable, ...saslTable, ...tokenTable } as const
