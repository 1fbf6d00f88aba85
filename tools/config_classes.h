/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Classes of devices, as `pci_class` has them: devices of one class can take
 * each other's place when a guest moves.
 *
 *     net25g=8086:1889@fabricA     VFs with these ids, of ports on that switch
 *     net1g=card:8086:100e         whole network cards with these ids
 *     lab=vif:1                    the second vif of a guest, in a VF's place
 */
#ifndef RACKHOP_CONFIG_CLASSES_H
#define RACKHOP_CONFIG_CLASSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CLASS_NAME = 32, CLASS_WHERE = 64, CLASS_IDS = 16, CLASS_VIFS = 64 };

struct class_row {
    char name[CLASS_NAME + 1];
    /* vendor << 16 | device, of PCI devices; a class of vifs has none */
    uint32_t id[CLASS_IDS];
    unsigned ids;
    bool card; /* of whole network cards, not of VFs */
    /* a port's name, or that of a switch which the port leads to; "*" stands
     * for any characters; "": wherever they are */
    char where[CLASS_WHERE + 1];
    unsigned vif;  /* without ids: the number of the vif .. */
    unsigned vifs; /* .. and how many guests of a host may have one */
};

struct class_rows {
    struct class_row *row;
    size_t n, room;
};

/* Appends the row that a text holds. 0, -ENOMEM, or -EINVAL: it is none. */
int class_rows_add(struct class_rows *rows, const char *text);
void class_rows_dispose(struct class_rows *rows);
/* A row's text again, to be freed; NULL: no memory. */
char *class_row_text(const struct class_row *row);
/* [A-Za-z0-9._-], 1 to CLASS_NAME of them; the first is no '-'. */
bool class_name_ok(const char *name);

/* The class of that name, or NULL. */
const struct class_row *class_rows_find(const struct class_rows *rows,
                                        const char *name);
/* The first class that has a VF with this id, whose port has the name `port`
 * and leads to n switches of these names. NULL: none has. */
const struct class_row *class_of_device(const struct class_rows *rows,
                                        unsigned vendor, unsigned device,
                                        const char *port,
                                        const char *const *to, size_t n);
/* The first class that has whole network cards with this id. Likewise. */
const struct class_row *class_of_card(const struct class_rows *rows,
                                      unsigned vendor, unsigned device);
/* The class of a guest's vif with this number, or NULL. */
const struct class_row *class_of_vif(const struct class_rows *rows,
                                     unsigned vif);

#endif
