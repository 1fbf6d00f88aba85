/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * An armed restore: libxl finishes the domain, devices and all, before the
 * guest's memory is there, and so before the guest is suspended.
 *
 * libxl's helper gives libxc a short stream of its own making: the heads of the
 * real one, the pages that the host's daemons share with the guest, the
 * parameters that the source host told before, and the CPU state that the guest
 * had then, which is a test: what Xen would refuse at the very end, with the
 * guest down, it refuses now. Then all vCPUs are put down (hvm_context.h), the
 * helper leaves a child behind, and ends, so that libxl goes on. The child, the
 * placer, reads the real stream to its end: it puts the pages where they
 * belong, but for the daemons' own, has Xen check the last CPU state, puts the
 * vCPUs down again, and leaves that state to the receiver. The domain runs only
 * when that is loaded once more, whoever unpauses it before.
 *
 * The receiver hands over, in RACKHOP_ARM, three numbers of descriptors:
 *
 *     STREAM   where the real stream comes from; libxl has another
 *     START    a memfd: struct arm_start, then the CPU state
 *     RESULT   an empty memfd, for the last CPU state or, after a failure, for
 *              the reason in one sentence
 *
 * and hears of the placer by ctl.h: armed, then complete or failed. When the
 * stream ends early the placer ends as well.
 */
#ifndef XLX_HELPER_ARM_H
#define XLX_HELPER_ARM_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/wire/words.h"

#define XLX_ENV_ARM "RACKHOP_ARM"

/* Both ends are of one installation; the mark tells if they are not. */
#define ARM_START_MARK 0x31307268u
struct arm_start {
    uint32_t mark;
    uint32_t context;     /* bytes of CPU state behind the struct */
    uint64_t claim_pages; /* that Xen is to set aside; 0: none */
    struct word_arm arm;
};

#endif
