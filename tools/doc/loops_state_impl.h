/* SPDX-License-Identifier: LGPL-2.1-only */
/* What reading and writing rackhop-loops-state/1 share. */
#ifndef RACKHOP_DOC_LOOPS_STATE_IMPL_H
#define RACKHOP_DOC_LOOPS_STATE_IMPL_H

#include "tools/doc/loops_state.h"

/* The member that a side's memory is. */
const char *state_side_name(enum loops_side side);

#endif
