// The broker keys about authorization. All are read at the start only.
import { key, unlisted, type BrokerTable } from './broker-key.ts'
import { bool, principals, standardAuthorizer } from './kinds.ts'

/** Who may do what. */
export const authorizerTable = {
  'authorizer.class.name': key(
    standardAuthorizer(),
    'low',
    'org.apache.kafka.metadata.authorizer.StandardAuthorizer turns access rules (ACLs) on; the older kafka.security.authorizer.AclAuthorizer means the same. Empty: everybody may do everything.',
  ),
  'super.users': unlisted(
    principals(),
    'Principals who may do everything, whatever the access rules say: User:name between semicolons.',
  ),
  'allow.everyone.if.no.acl.found': unlisted(
    bool(false),
    'Whether a resource that no access rule names is free to everybody; otherwise only to super users.',
  ),
} as const satisfies BrokerTable
