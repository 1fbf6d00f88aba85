/* SPDX-License-Identifier: LGPL-2.1-only */
/* The classes of devices that a host has for guests, and that guests have, in
 * a host's facts. */
#ifndef RACKHOP_DOC_CLASSFACTS_H
#define RACKHOP_DOC_CLASSFACTS_H

#include "tools/doc/hostfacts.h"

/* "device_classes": [..] of the host, into an open object. */
void classfacts_host(const struct hostfacts *h, struct json_out *o);
/* "device_classes": [..] of a guest: one for each device that has a class. */
void classfacts_guest(const struct hostfacts *h, const struct xlx_domain *d,
                      struct json_out *o);

#endif
