/** A change: addresses of its key (32 bytes) and of what is new, and more about it. */
export const CHANGE_BYTES: u32 = 32
export const CHANGE_KEY: usize = 0 // u32
export const CHANGE_VALUE: usize = 4 // u32: bytes of a value, or an account's record (0: its fields stay)
export const CHANGE_FLAGS: usize = 8 // u32
export const CHANGE_LENGTH: usize = 12 // u32, of a value
export const CHANGE_LEAF: usize = 16 // u32, of an account: its leaf, once applied; 0 when there is none
export const CHANGE_SLOTS: usize = 20 // u32, u32: changes of its slots, from and to

export const REMOVES: u32 = 1
/** An account gets slots: it needs a full leaf. */
export const ADDS_SLOTS: u32 = 2
/** A leaf is made where there is none. */
export const CREATES: u32 = 4
