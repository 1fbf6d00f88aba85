/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows what runs have reserved on this host, a line each. */
#ifndef RACKHOP_VIEW_RESERVEVIEW_H
#define RACKHOP_VIEW_RESERVEVIEW_H

#include "tools/doc/reservation.h"

void reserveview_text(const struct reservation *r);
/* One JSON object on a line. */
void reserveview_json(const struct reservation *r);

#endif
