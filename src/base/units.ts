// Sizes and times by name, in bytes and milliseconds.
export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB

export const secondMs = 1000
export const minuteMs = 60 * secondMs
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

export const int16Max = 2 ** 15 - 1
export const int32Max = 2 ** 31 - 1
