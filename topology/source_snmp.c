/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads switches by SNMP, all at once, on one loop with one deadline.
 *
 * Each switch has a session and one bulk walk. The library's own discovery of
 * a version 3 engine blocks, so that it would wait for each dead switch in
 * turn. The first message of such a session is therefore sent by hand, and its
 * report starts the walk (RFC 3414, 4).
 *
 * A walk: open -> [discover ->] subtree 0, 1, .. -> finish; the deadline
 * finishes it from each of these, and an error ends the subtree.
 */
#include "topology/source_snmp_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <net-snmp/library/large_fd_set.h>

#include "tools/base/clock.h"
#include "topology/lldpmib.h"

enum {
    REPETITIONS = 40,
    SUBTREE_ROWS_MAX = 200000,
    SEND_AGAIN_US = 100000, /* between two looks at what was not answered */
};

struct snmp_walk {
    struct topo_snmp *all;
    struct topo_snmp_target *t;
    void *sess;
    struct loop_fd *ready;
    struct mib *mib;
    size_t subtree;
    oid root[MAX_OID_LEN], last[MAX_OID_LEN];
    size_t root_len, last_len;
    size_t rows, subtree_rows;
    const char *error; /* the last one that ended a subtree */
    bool needed;       /* the map does without some subtrees */
    bool discovering, done;
};

struct topo_snmp {
    struct loop *loop;
    struct loop_timer *again, *late;
    size_t n, running;
    struct snmp_walk walk[];
};

/* What comes first counts: the library calls back for a request that it could
 * not send, and returns its failure as well. */
static void walk_finish(struct snmp_walk *w, int rc, const char *why)
{
    if (w->done)
        return;
    loop_remove(w->ready);
    w->ready = NULL;
    w->done = true;
    w->all->running--;
    w->t->rc = rc;
    if (rc)
        msg_set(&w->t->err, "%s: %s", w->t->address, why);
}

/* --- the walk ------------------------------------------------------------ */

static int walk_on_answer(int op, netsnmp_session *s, int reqid,
                          netsnmp_pdu *pdu, void *arg);

static void walk_send(struct snmp_walk *w, netsnmp_pdu *pdu)
{
    if (!pdu) {
        walk_finish(w, -ENOMEM, "out of memory");
        return;
    }
    if (snmp_sess_async_send(w->sess, pdu, walk_on_answer, w))
        return;
    snmp_free_pdu(pdu);
    walk_finish(w, -EIO, "the request could not be sent");
}

static void walk_ask_more(struct snmp_walk *w)
{
    netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_GETBULK);

    if (pdu) {
        pdu->non_repeaters = 0;
        pdu->max_repetitions = REPETITIONS;
        snmp_add_null_var(pdu, w->last, w->last_len);
    }
    walk_send(w, pdu);
}

static void walk_end(struct snmp_walk *w)
{
    mib_finish(w->mib, w->t->view);
    walk_finish(w, topo_view_check(w->t->view), "out of memory");
}

/* The time is over. A switch that has told all but what it counted is read. */
static void walk_end_late(struct snmp_walk *w)
{
    if (!w->discovering && w->rows && !w->needed)
        walk_end(w);
    else
        walk_finish(w, -ETIMEDOUT,
                    w->rows ? "it did not send everything in time"
                            : "it does not answer SNMP");
}

static void walk_next_subtree(struct snmp_walk *w)
{
    const char *s;

    do
        s = mib_subtrees[w->subtree++];
    while (s && mib_has_enough(w->mib, s));
    if (!s && !w->rows && w->error) {
        walk_finish(w, -EPROTO, w->error);
        return;
    }
    w->subtree_rows = 0;
    if (!s) {
        walk_end(w);
        return;
    }
    w->needed = mib_needs(s);
    w->root_len = 0;
    for (char *end; *s; s = *end ? end + 1 : end)
        w->root[w->root_len++] = strtoul(s, &end, 10);
    memcpy(w->last, w->root, w->root_len * sizeof *w->root);
    w->last_len = w->root_len;
    walk_ask_more(w);
}

static int walk_add_row(struct snmp_walk *w, const netsnmp_variable_list *var)
{
    uint32_t o[MIB_OID_MAX];
    struct mib_value v = { .type = MIB_OTHER };

    if (var->name_length > MIB_OID_MAX)
        return 0;
    for (size_t i = 0; i < var->name_length; i++)
        o[i] = (uint32_t)var->name[i];
    switch (var->type) {
    case ASN_INTEGER:
        v.type = MIB_NUMBER;
        v.num = *var->val.integer;
        break;
    case ASN_GAUGE:
    case ASN_COUNTER:
    case ASN_TIMETICKS:
        v.type = MIB_NUMBER;
        v.num = (int64_t)(*var->val.integer & 0xffffffff);
        v.wide = (uint64_t)v.num;
        break;
    case ASN_COUNTER64:
        v.type = MIB_NUMBER;
        v.wide = (uint64_t)var->val.counter64->high << 32 |
                 (var->val.counter64->low & 0xffffffff);
        v.num = v.wide < INT64_MAX ? (int64_t)v.wide : INT64_MAX;
        break;
    case ASN_OCTET_STR:
    case ASN_BIT_STR:
        v.type = MIB_OCTETS;
        v.octets = var->val.string;
        v.len = var->val_len;
        break;
    }
    return mib_row(w->mib, o, var->name_length, &v);
}

/* One subtree that cannot be read to its end is no reason to do without the
 * others. */
static void walk_break_subtree(struct snmp_walk *w, const char *why)
{
    w->error = why;
    w->t->view->refused[TOPO_REFUSED_CUT]++;
}

/* False: the subtree has no more rows, or the walk has finished. */
static bool walk_add_rows(struct snmp_walk *w, const netsnmp_pdu *pdu)
{
    for (const netsnmp_variable_list *v = pdu->variables; v;
         v = v->next_variable) {
        if (v->type == SNMP_ENDOFMIBVIEW || v->type == SNMP_NOSUCHOBJECT ||
            v->type == SNMP_NOSUCHINSTANCE ||
            snmp_oidtree_compare(w->root, w->root_len, v->name,
                                 v->name_length))
            return false;
        if (v->name_length > MAX_OID_LEN ||
            snmp_oid_compare(w->last, w->last_len, v->name, v->name_length) >=
                0) {
            walk_break_subtree(w, "its OIDs do not increase");
            return false;
        }
        memcpy(w->last, v->name, v->name_length * sizeof *v->name);
        w->last_len = v->name_length;
        w->rows++;
        if (++w->subtree_rows > SUBTREE_ROWS_MAX) {
            walk_break_subtree(w, "a table is larger than any switch's");
            return false;
        }
        if (walk_add_row(w, v)) {
            walk_finish(w, -E2BIG, "its tables are larger than any switch's");
            return false;
        }
    }
    return pdu->variables != NULL;
}

/* --- answers ------------------------------------------------------------- */

static void v3_on_report(struct snmp_walk *w, const netsnmp_pdu *pdu)
{
    netsnmp_session *s = snmp_sess_session(w->sess);

    w->discovering = false;
    if (!s->securityEngineIDLen && pdu->securityEngineIDLen) {
        s->securityEngineID = malloc(pdu->securityEngineIDLen);
        if (s->securityEngineID) {
            memcpy(s->securityEngineID, pdu->securityEngineID,
                   pdu->securityEngineIDLen);
            s->securityEngineIDLen = pdu->securityEngineIDLen;
        }
    }
    if (!s->securityEngineIDLen ||
        usm_create_user_from_session(s) != SNMPERR_SUCCESS) {
        walk_finish(w, -EPROTO, "its SNMPv3 engine did not send its id");
        return;
    }
    walk_next_subtree(w);
}

static void walk_on_message(struct snmp_walk *w, netsnmp_pdu *pdu)
{
    if (w->discovering && pdu->command == SNMP_MSG_REPORT) {
        v3_on_report(w, pdu);
    } else if (pdu->command == SNMP_MSG_REPORT) {
        walk_finish(w, -EACCES,
                    "it refuses this SNMPv3 user or its passwords");
    } else if (pdu->errstat != SNMP_ERR_NOERROR) {
        walk_break_subtree(w, snmp_errstring((int)pdu->errstat));
        walk_next_subtree(w);
    } else if (walk_add_rows(w, pdu)) {
        walk_ask_more(w);
    } else if (!w->done) {
        walk_next_subtree(w);
    }
}

static int walk_on_answer(int op, netsnmp_session *s, int reqid,
                          netsnmp_pdu *pdu, void *arg)
{
    struct snmp_walk *w = arg;

    if (w->done)
        return 1;
    switch (op) {
    case NETSNMP_CALLBACK_OP_RECEIVED_MESSAGE: walk_on_message(w, pdu); break;
    case NETSNMP_CALLBACK_OP_TIMED_OUT: walk_end_late(w); break;
    case NETSNMP_CALLBACK_OP_RESEND: break;
    case NETSNMP_CALLBACK_OP_SEC_ERROR: break; /* its report follows */
    default: walk_finish(w, -EIO, "the SNMP session broke"); break;
    }
    return 1;
}

/* --- opening ------------------------------------------------------------- */

static void walk_receive(void *arg, short revents)
{
    struct snmp_walk *w = arg;
    int fd = snmp_sess_transport(w->sess)->sock;
    netsnmp_large_fd_set set;

    netsnmp_large_fd_set_init(&set, fd + 1);
    NETSNMP_LARGE_FD_ZERO(&set);
    NETSNMP_LARGE_FD_SET(fd, &set);
    snmp_sess_read2(w->sess, &set);
    netsnmp_large_fd_set_cleanup(&set);
}

static int walk_open(struct snmp_walk *w, unsigned timeout_ms, unsigned tries)
{
    const struct topo_snmp_target *t = w->t;
    netsnmp_session s;

    snmp_sess_init(&s);
    s.peername = (char *)t->address;
    s.timeout = (long)timeout_ms * 1000;
    s.retries = (int)tries - 1;
    s.flags |= SNMP_FLAGS_DONT_PROBE;
    s.version = t->user ? SNMP_VERSION_3 : SNMP_VERSION_2c;
    if (t->user && !v3_set_user(&s, t)) {
        walk_finish(
            w, -EINVAL,
            "SNMPv3: the protocol is not known, or a password is shorter "
            "than 8");
        return -EINVAL;
    }
    if (!t->user) {
        s.community = (u_char *)t->community;
        s.community_len = strlen(t->community);
    }
    w->sess = snmp_sess_open(&s);
    if (!w->sess) {
        walk_finish(w, -EINVAL, "that address cannot be asked");
        return -EINVAL;
    }
    return 0;
}

static void walk_start(struct snmp_walk *w, unsigned timeout_ms,
                       unsigned tries)
{
    if (walk_open(w, timeout_ms, tries))
        return;
    w->mib = mib_new();
    w->ready = loop_add(w->all->loop, snmp_sess_transport(w->sess)->sock,
                        POLLIN, walk_receive, w);
    if (!w->mib || !w->ready) {
        walk_finish(w, -ENOMEM, "out of memory");
    } else if (w->t->user) {
        w->discovering = true;
        walk_send(w, v3_discovery_pdu());
    } else {
        walk_next_subtree(w);
    }
}

/* --- all of them --------------------------------------------------------- */

static void walks_send_again(void *arg)
{
    struct topo_snmp *s = arg;

    s->again->at_us = clock_us() + SEND_AGAIN_US;
    for (size_t i = 0; i < s->n; i++)
        if (!s->walk[i].done)
            snmp_sess_timeout(s->walk[i].sess);
}

static void walks_are_late(void *arg)
{
    struct topo_snmp *s = arg;

    for (size_t i = 0; i < s->n; i++)
        if (!s->walk[i].done)
            walk_end_late(&s->walk[i]);
}

/* Requests are numbers only, so the library reads no MIB files; it reads no
 * configuration and keeps no state either. */
static void snmp_library_init(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    setenv("MIBS", "", 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID,
                           NETSNMP_DS_LIB_DONT_READ_CONFIGS, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID,
                           NETSNMP_DS_LIB_DONT_PERSIST_STATE, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID,
                           NETSNMP_DS_LIB_DISABLE_PERSISTENT_LOAD, 1);
    netsnmp_ds_set_boolean(NETSNMP_DS_LIBRARY_ID,
                           NETSNMP_DS_LIB_DISABLE_PERSISTENT_SAVE, 1);
    snmp_disable_log();
    init_snmp("rackhop");
    v3_add_nameless_user();
}

struct topo_snmp *topo_snmp_start(struct loop *l,
                                  struct topo_snmp_target *target, size_t n,
                                  unsigned timeout_ms, unsigned tries)
{
    uint64_t now = clock_us(), most = (uint64_t)timeout_ms * 1000 * tries;
    struct topo_snmp *s = calloc(1, sizeof *s + n * sizeof *s->walk);

    if (!s)
        return NULL;
    s->loop = l;
    s->n = s->running = n;
    s->again = loop_timer_add(l, now + SEND_AGAIN_US, walks_send_again, s);
    s->late = loop_timer_add(l, now + most, walks_are_late, s);
    if (n)
        snmp_library_init();
    for (size_t i = 0; i < n; i++) {
        s->walk[i].all = s;
        s->walk[i].t = &target[i];
        if (s->again && s->late)
            walk_start(&s->walk[i], timeout_ms, tries);
        else
            walk_finish(&s->walk[i], -ENOMEM, "out of memory");
    }
    return s;
}

bool topo_snmp_done(const struct topo_snmp *s)
{
    return !s->running;
}

void topo_snmp_end(struct topo_snmp *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        if (!s->walk[i].done)
            walk_finish(&s->walk[i], -ECANCELED, "it was not waited for");
        if (s->walk[i].sess)
            snmp_sess_close(s->walk[i].sess);
        mib_free(s->walk[i].mib);
    }
    loop_timer_remove(s->again);
    loop_timer_remove(s->late);
    free(s);
}

static bool walks_are_done(void *arg)
{
    return topo_snmp_done(arg);
}

int topo_snmp_walk(struct topo_snmp_target *target, size_t n,
                   unsigned timeout_ms, unsigned tries)
{
    struct topo_snmp *s;
    struct loop l;
    int rc;

    loop_init(&l);
    s = topo_snmp_start(&l, target, n, timeout_ms, tries);
    rc = s ? loop_run(&l, walks_are_done, s, UINT64_MAX) : -ENOMEM;
    topo_snmp_end(s);
    loop_dispose(&l);
    return rc;
}
