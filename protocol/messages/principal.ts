// A principal as brokers forward it.

import { bool, defineMessage, string } from '../schema.ts'

export const defaultPrincipalData = defineMessage({
  name: 'DefaultPrincipalData',
  versions: [0, 0],
  flexibleFrom: 0,
  fields: {
    type: string(),
    name: string(),
    tokenAuthenticated: bool(),
  },
})
