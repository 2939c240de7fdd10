// Uuids as the broker holds them: 22 characters of base64url, never padded.

/** Stands for "no uuid" on the wire. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'
