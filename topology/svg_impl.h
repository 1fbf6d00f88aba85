/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the writers of a drawing share: a sheet, on it cards, in them boxes.
 *
 * Above are the boxes of switches that stand in no rack, the core first. Below
 * them are the racks, a card each, in rows: switches side by side, below them
 * a row for each host. A line for each switch runs down the left of its card,
 * with a stub to each host that hangs on it. All lengths are in pixels. Text
 * is of one width (svg_width()), so that nothing is laid over another thing.
 */
#ifndef RACKHOP_TOPOLOGY_SVG_IMPL_H
#define RACKHOP_TOPOLOGY_SVG_IMPL_H

#include "topology/export.h"

enum {
    SVG_MARGIN = 24,
    SVG_PAD = 9,      /* inside a card */
    SVG_GAP = 18,     /* between cards and boxes of a row */
    SVG_ROW = 17,     /* a host */
    SVG_PORT = 12,    /* a line with ports */
    SVG_BOX = 32,     /* the height of a switch */
    SVG_RAISE = 12,   /* of it, above its card */
    SVG_BELOW = 6,    /* between two rows of switches */
    SVG_TURN = 3,     /* between the lines of two switches, below them */
    SVG_BUS = 7,      /* between the lines of two switches */
    SVG_BAR = 46,     /* a host's memory */
    SVG_STATE = 78,   /* the words behind it */
    SVG_LETTERS = 30, /* of a name; longer ones are cut in the middle */
    SVG_BOXES = 4,    /* switches side by side in a card */
    SVG_TEXT = 11,    /* sizes of text */
    SVG_SMALL = 9,
};

/* A rack, or the hosts of none. */
struct svg_card {
    const char *name;          /* NULL: no rack */
    size_t first, n, switches; /* members: the switches, then the hosts */
    double x, y, h;
};

struct svg_member {
    uint32_t node, card; /* SVG_UPPER: a switch above the cards */
    uint16_t tier;       /* of these */
};
#define SVG_UPPER UINT32_MAX

/* Where a node is: its box, or its row. */
struct svg_place {
    uint32_t card;
    unsigned bus; /* of a switch in a card: its line's number */
    double x, y, w;
};

struct svg {
    FILE *f;
    const struct topo *t;
    const struct topo_svg *look;
    const char **rack;      /* of each node, or NULL */
    uint32_t *link, *first; /* the links of each node, by node */
    struct svg_member *m;   /* upper switches, then cards */
    size_t uppers;
    struct svg_card *card;
    size_t cards;
    struct svg_place *at; /* by node */
    unsigned buses;       /* the most that a card has */
    double card_w, w, h, cards_y;
};

/* svg_text.c */
double svg_width(const char *s, int size);
/* A text at a place. style: further attributes, or "". most: letters. */
void svg_put_text(const struct svg *s, double x, double y, int size,
                  size_t most, const char *style, const char *text);
/* Text from outside, between tags or quotes. */
void svg_put_escaped(FILE *f, const char *text);
const char *svg_speed(char buf[24], int64_t mbps);

/* svg_sheet.c: what is where; 0 or -ENOMEM. */
int svg_sheet_make(struct svg *s);
void svg_sheet_dispose(struct svg *s);
/* The lower edge of the switches of a card. */
double svg_boxes_end(const struct svg_card *c);
/* Of a host's rows: those for its ports as well. */
double svg_host_height(const struct svg *s, uint32_t host);
/* The cables of a switch that lead to no host. */
unsigned svg_uplinks(const struct svg *s, uint32_t node);
const struct topo_node *svg_other(const struct svg *s, uint32_t node,
                                  uint32_t link);

/* svg_card.c */
void svg_put_uppers(const struct svg *s);
void svg_put_card_back(const struct svg *s, const struct svg_card *c);
void svg_put_card(const struct svg *s, const struct svg_card *c);

/* svg_cable.c */
const char *svg_colour(enum topo_evidence e);
double svg_stroke(int64_t mbps);
/* Lines between boxes of different cards, or between nodes of one; with the
 * latter, what is said against cables. */
void svg_put_lines(const struct svg *s, bool within);
/* The lines of the switches of a card, with stubs to its hosts. */
void svg_put_buses(const struct svg *s, const struct svg_card *c);
/* "swp1 - tor1 swp3 25G", and what other sources say against it. */
void svg_put_ports(const struct svg *s, double x, double y, uint32_t node,
                   uint32_t link);
char *svg_ports_text(const struct svg *s, uint32_t node, uint32_t link);

#endif
