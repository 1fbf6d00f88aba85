/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the devices that a host keeps for guests that are to come. */
#ifndef RACKHOP_VIEW_DEVICEVIEW_H
#define RACKHOP_VIEW_DEVICEVIEW_H

#include "tools/doc/devicerecord.h"

/* A line for each device of a claim that is not released. */
void deviceview_text(const struct device_claim *c);
/* Any claim, as an object on a line. */
void deviceview_json(const struct device_claim *c);

#endif
