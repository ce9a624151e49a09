#pragma once
#include <seccomp.h>
#include <stdint.h>

// Macros with arguments, which Swift does not see.

static inline uint32_t cseccomp_errno(uint16_t error) { return SCMP_ACT_ERRNO(error); }

/* Of the bits of the mask. */
static inline struct scmp_arg_cmp cseccomp_masked(unsigned argument, uint64_t mask, uint64_t value) {
    return SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, value);
}

/* The whole argument. */
static inline struct scmp_arg_cmp cseccomp_different(unsigned argument, uint64_t value) {
    return SCMP_CMP64(argument, SCMP_CMP_NE, value);
}
