/* SPDX-License-Identifier: LGPL-2.1-only */
/* PCI devices that a host can give to guests, in its facts. */
#ifndef RACKHOP_DOC_DEVICEFACTS_H
#define RACKHOP_DOC_DEVICEFACTS_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/config_classes.h"
#include "tools/doc/json.h"

/* "0000:03:10.0", and the longest name of a network port. */
enum { PCI_ADDRESS_LEN = 12, PCI_PORT_LEN = 15 };
/* Whether the text is such an address, in lower case. */
bool pci_address_ok(const char *text);

struct devicefact {
    char address[PCI_ADDRESS_LEN + 1];
    unsigned vendor, device; /* 0: not known */
    unsigned class;          /* as sysfs has it: 0x020000 is Ethernet */
    int numa;                /* node; < 0: not known, or there is but one */
    char pf[PCI_ADDRESS_LEN + 1]; /* whose VF it is; "": it is none */
    int vf;                       /* its number there; < 0: not known */
    int vfs;                      /* that it has itself */
    bool line_only; /* its interrupts come by a line: it has neither MSI nor
                       MSI-X; false: not known */
    char port[PCI_PORT_LEN + 1]; /* of the PF, as LLDP names it; "": ? */
    const struct class_row *of;  /* its class, borrowed; NULL: it has none */
    const char *guest; /* the UUID of the one that has it, borrowed; NULL */
};

struct devicefacts {
    struct devicefact *d;
    size_t n, room;
};

/* 0 or -ENOMEM */
int devicefacts_add(struct devicefacts *l, const struct devicefact *d);
void devicefacts_sort(struct devicefacts *l); /* by address */
struct devicefact *devicefacts_find(struct devicefacts *l,
                                    const char *address);
void devicefacts_dispose(struct devicefacts *l);
/* "devices": [..] into an open object; nothing where there are none. */
void devicefacts_write(const struct devicefacts *l, struct json_out *o);

#endif
