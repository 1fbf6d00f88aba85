/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps the neighbours of a switch: rows of lldpRemTable, and of
 * lldpRemManAddrTable.
 *
 * The index is TimeMark.LocalPortNum.Index, in LLDP-V2-MIB
 * TimeMark.LocalIfIndex.LocalDestMACAddress.Index. TimeMark is a filter for
 * pollers, so rows are joined on the others. Some agents leave the TimeMark
 * out, or the port too; their rows count where a table has no others.
 */
#include "topology/lldpmib_impl.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

/* --- keys ---------------------------------------------------------------- */

/* A neighbour by its index, which has n numbers. False: it is no index. */
static bool remote_key(unsigned version, const uint32_t *index, size_t n,
                       struct mib_remote_key *key, uint32_t *mark,
                       enum mib_form *form)
{
    if (version == MIB_V2) {
        *form = MIB_LLDP_V2;
        if (n != 4)
            return false;
        *key = (struct mib_remote_key){ index[1], index[2], index[3] };
    } else {
        *form = n == 3 ? MIB_LLDP : MIB_LLDP_SHORT;
        if (!n || n > 3)
            return false;
        *key = (struct mib_remote_key){ .port = n == 1 ? 0 : index[n - 2],
                                        .index = index[n - 1] };
    }
    *mark = *form == MIB_LLDP_SHORT ? 0 : index[0];
    return true;
}

static struct mib_remote *remote_get(struct mib *m, struct mib_table *t,
                                     const struct mib_remote_key *key)
{
    struct mib_remote *r;

    HASH_FIND(hh, t->remote, key, sizeof *key, r);
    if (r)
        return r;
    r = mib_new_row(m, sizeof *r);
    if (r) {
        r->key = *key;
        HASH_ADD(hh, t->remote, key, sizeof r->key, r);
        mib_note_hearing(m, key->port);
    }
    return r;
}

static struct mib_addresses *addresses_get(struct mib *m, struct mib_table *t,
                                           const struct mib_remote_key *key)
{
    struct mib_addresses *a;

    HASH_FIND(hh, t->addresses, key, sizeof *key, a);
    if (a)
        return a;
    a = mib_new_row(m, sizeof *a);
    if (a) {
        a->key = *key;
        HASH_ADD(hh, t->addresses, key, sizeof a->key, a);
    }
    return a;
}

/* --- lldpRemTable -------------------------------------------------------- */

/* Which column it is; REM_COLUMNS: one of no interest. LLDP-V2-MIB has one
 * index more before its columns. */
static enum mib_remote_column remote_column(unsigned version, uint32_t column)
{
    static const enum mib_remote_column of[] = {
        [4] = REM_CHASSIS_SUBTYPE + 1, /* lldpRemChassisIdSubtype */
        [5] = REM_CHASSIS + 1,         /* lldpRemChassisId */
        [6] = REM_PORT_SUBTYPE + 1,    /* lldpRemPortIdSubtype */
        [7] = REM_PORT + 1,            /* lldpRemPortId */
        [8] = REM_PORT_DESCR + 1,      /* lldpRemPortDesc */
        [9] = REM_SYSNAME + 1,         /* lldpRemSysName */
        [12] = REM_CAPS + 1,           /* lldpRemSysCapEnabled */
    };
    uint32_t c = version == MIB_V2 && column ? column - 1 : column;

    return c < sizeof of / sizeof *of && of[c] ? of[c] - 1 : REM_COLUMNS;
}

static void remote_set(struct mib *m, struct mib_remote *r,
                       enum mib_remote_column c, uint32_t mark,
                       const struct mib_value *v, bool num)
{
    if (r->column[c].said && r->column[c].mark != mark)
        r->twice = true;
    if (r->column[c].said && mark < r->column[c].mark)
        return;
    r->column[c].said = true;
    r->column[c].mark = mark;
    if (num)
        r->column[c].num = (unsigned)v->num;
    else
        mib_set(m, &r->column[c].octets, v->octets, v->len);
}

void mib_remote_cell(struct mib *m, unsigned version, const struct mib_cell *c)
{
    enum mib_remote_column column = remote_column(version, c->column);
    bool num = column == REM_CHASSIS_SUBTYPE || column == REM_PORT_SUBTYPE;
    struct mib_remote_key key;
    struct mib_remote *r;
    enum mib_form form;
    uint32_t mark;

    if (column == REM_COLUMNS)
        return;
    if (!remote_key(version, c->index, c->index_len, &key, &mark, &form)) {
        m->refused[TOPO_REFUSED_INDEX]++;
        return;
    }
    if (!mib_value_fits(c->v, num ? MIB_NUMBER : MIB_OCTETS)) {
        m->refused[TOPO_REFUSED_TYPE]++;
        return;
    }
    m->table[form].cells++;
    r = remote_get(m, &m->table[form], &key);
    if (r)
        remote_set(m, r, column, mark, c->v, num);
}

uint32_t mib_remote_mark(const struct mib_remote *r)
{
    uint32_t mark = 0;

    for (int c = 0; c < REM_COLUMNS; c++)
        if (r->column[c].said && r->column[c].mark > mark)
            mark = r->column[c].mark;
    return mark;
}

/* A row that changed during the walk comes twice, and the later one counts. An
 * agent that stamps each column anew never sends a column twice. */
void mib_remote_settle(struct mib_remote *r)
{
    uint32_t last = mib_remote_mark(r);

    if (!r->twice || r->column[REM_CHASSIS].mark != last)
        return;
    for (int c = 0; c < REM_COLUMNS; c++)
        if (r->column[c].mark != last) {
            r->column[c].said = false;
            r->column[c].octets.len = 0;
            r->column[c].num = 0;
        }
}

/* --- lldpRemManAddrTable ------------------------------------------------- */

/* An address of n numbers, with its length before it or without. */
static bool address_text(const uint32_t *a, size_t n, uint32_t family,
                         char text[INET6_ADDRSTRLEN])
{
    size_t want = family == LLDP_ADDRESS_IPV4 ? 4 : 16;
    uint8_t addr[16];

    if (n == want + 1 && a[0] == want) {
        a++;
        n--;
    } else if (n && a[0] == want) {
        return false; /* a length, and too little behind it */
    }
    if (n != want)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (a[i] > 255)
            return false;
        addr[i] = (uint8_t)a[i];
    }
    return inet_ntop(family == LLDP_ADDRESS_IPV4 ? AF_INET : AF_INET6, addr,
                     text, INET6_ADDRSTRLEN);
}

/* Families other than IPv4 and IPv6 are of no interest, if their length is
 * what they say. */
static bool address_other(const uint32_t *a, size_t n, uint32_t family)
{
    return family != LLDP_ADDRESS_IPV4 && family != LLDP_ADDRESS_IPV6 && n &&
           a[0] == n - 1;
}

/* The address is in the index: that of the neighbour, then family, length and
 * octets. Such a row says nothing of whether the neighbour is there. */
void mib_remote_address(struct mib *m, unsigned version, const uint32_t *index,
                        size_t n)
{
    size_t keys = version == MIB_V2 ? 4 : 3;
    char text[INET6_ADDRSTRLEN];
    struct mib_remote_key key;
    struct mib_addresses *a;
    enum mib_form form;
    uint32_t mark;

    if (n < keys + 2) {
        m->refused[TOPO_REFUSED_INDEX]++;
        return;
    }
    if (address_other(index + keys + 1, n - keys - 1, index[keys]))
        return;
    if ((index[keys] != LLDP_ADDRESS_IPV4 &&
         index[keys] != LLDP_ADDRESS_IPV6) ||
        !address_text(index + keys + 1, n - keys - 1, index[keys], text) ||
        !remote_key(version, index, keys, &key, &mark, &form)) {
        m->refused[TOPO_REFUSED_INDEX]++;
        return;
    }
    a = addresses_get(m, &m->table[form], &key);
    for (unsigned i = 0; a && i < a->n; i++)
        if (!strcmp((char *)a->mgmt[i].p, text))
            return;
    if (a && a->n < TOPO_MGMT_MAX) {
        mib_set(m, &a->mgmt[a->n], text, strlen(text));
        a->n += a->mgmt[a->n].p != NULL;
    }
}

void mib_table_free(struct mib_table *t)
{
    struct mib_addresses *a, *at;
    struct mib_remote *r, *rt;

    HASH_ITER(hh, t->remote, r, rt) {
        HASH_DEL(t->remote, r);
        for (int c = 0; c < REM_COLUMNS; c++)
            free(r->column[c].octets.p);
        free(r);
    }
    HASH_ITER(hh, t->addresses, a, at) {
        HASH_DEL(t->addresses, a);
        for (unsigned i = 0; i < a->n; i++)
            free(a->mgmt[i].p);
        free(a);
    }
}
