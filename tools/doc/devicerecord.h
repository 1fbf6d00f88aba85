/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What two hosts write down of a move that changes a guest's devices
 * (libxl-ext/device_move.h): the source host a record, rackhop-device/1, the
 * target host a claim, rackhop-device-claim/1.
 */
#ifndef RACKHOP_DOC_DEVICERECORD_H
#define RACKHOP_DOC_DEVICERECORD_H

#include "libxl-ext/device_move.h"
#include "tools/config_classes.h"
#include "tools/doc/devicefacts.h"
#include "tools/doc/json.h"
#include "tools/doc/record.h"

enum {
    DEVICES_MOST = 8,  /* that a guest changes */
    DEVICE_NIC = 2048, /* bytes of a vif's configuration */
    DEVICE_PAST = 8,   /* ended moves that a claim knows */
    DEVICE_MAC = 18,
    DEVICE_VLAN_MOST = 4094,
};

/* One device, on the host that writes. */
struct device_item {
    char class[CLASS_NAME + 1];
    char pci[PCI_ADDRESS_LEN + 1]; /* "": it is a vif */
    char port[PCI_PORT_LEN + 1];   /* the VF is of that port; "": a card, */
    unsigned vf;                   /* with that number */
    char mac[DEVICE_MAC];          /* that the guest has on it; of a card, on
                                      the vif beside it */
    unsigned vlan;                 /* 0: none */
    unsigned vif;                  /* its number */
    char nic[DEVICE_NIC];          /* a vif, as libxl writes it in JSON */
};

struct device_list {
    struct device_item item[DEVICES_MOST];
    unsigned n;
};

/* --- the source host's ----------------------------------------------------- */

struct device_record {
    char uuid[37];            /* "": there is none */
    char move[RECORD_ID + 1]; /* its name, which the target host's claim has */
    char name[256];           /* of the guest */
    char host[256], ssh[256]; /* the target host, as in its handover record */
    char boot[40];
    enum dm_state state;
    int64_t when;
    struct device_list list;
};

/* --- the target host's ----------------------------------------------------- */

enum device_claim_state {
    CLAIM_NONE,
    CLAIM_KEPT,     /* the devices are for this guest */
    CLAIM_GIVEN,    /* it has them */
    CLAIM_RELEASED, /* its move gets none any more */
};

struct device_claim {
    char uuid[37]; /* "": there is none */
    char move[RECORD_ID + 1];
    char from[256]; /* the source host */
    enum device_claim_state state;
    int64_t when;
    struct device_list list;
    unsigned n_past;
    char past[DEVICE_PAST][RECORD_ID + 1]; /* moves that ended, newest first */
};
const char *device_claim_state_name(enum device_claim_state s);

/* Texts are to be freed; NULL: no memory. Parsers return 0, or -EINVAL and
 * what is wrong; name is what messages call the text. */
char *device_record_format(const struct device_record *r);
int device_record_parse(struct device_record *r, const char *name,
                        const char *text, struct msg *err);
char *device_claim_format(const struct device_claim *c);
int device_claim_parse(struct device_claim *c, const char *name,
                       const char *text, struct msg *err);
/* The devices alone: what a source host asks for. */
char *device_list_format(const struct device_list *l);
int device_list_parse(struct device_list *l, const char *name,
                      const char *text, struct msg *err);
/* A claim as `rackhop device list --json` shows it. */
void device_claim_write(struct json_out *o, const struct device_claim *c);

/* Whether domain 0 has its MAC address, VLAN and link in hand. */
bool device_is_vf(const struct device_item *d);
/* Whether it is a whole network card, which has all that in the guest. */
bool device_is_card(const struct device_item *d);
/* A port's name that means nothing to a shell. */
bool device_port_ok(const char *port);
/* "00:16:3e:5e:6c:01": unicast, in lower case. */
bool device_mac_ok(const char *mac);

#endif
