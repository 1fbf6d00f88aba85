/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a source host asks of the target host by `rackhop device`, over ssh. */
#ifndef RACKHOP_MOVE_DEVICE_ASK_H
#define RACKHOP_MOVE_DEVICE_ASK_H

#include "tools/doc/devicerecord.h"

/* Asks the target host of the record. verb: reserve (for the devices of the
 * record), setup, give, up or release; free asks whether those of the record
 * could be reserved. DM_OK, DM_NO_GUEST, or DM_FAILED and why: it may have been
 * done, or be done yet. *silent_r, which may be NULL: it did not answer. */
enum dm_input device_ask(const struct device_record *r, const char *verb,
                         bool *silent_r, struct msg *why);

#endif
