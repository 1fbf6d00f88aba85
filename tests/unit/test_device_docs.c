/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Records of devices and claims on them: what is written is read back, what is
 * hostile is refused; what ip tells of a VF; and which device is free.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/doc/vfinfo.h"
#include "tools/move/device_pick.h"
#include "tools/move/device_store.h"
#include "tools/move/vf.h"

#define UUID  "7c0e1d2a-1111-2222-3333-444455556666"
#define OTHER "7c0e1d2a-1111-2222-3333-444455557777"

static struct store *store;
static struct msg err;

static int open_store(void **state)
{
    return store_open_mem(&store);
}

static int close_store(void **state)
{
    store_close(store);
    return 0;
}

static struct device_item a_vf(const char *pci, unsigned vf)
{
    struct device_item d = { .vf = vf, .vlan = 20 };

    strcpy(d.class, "net25g");
    strcpy(d.pci, pci);
    strcpy(d.port, "ens1f0");
    strcpy(d.mac, "00:16:3e:5e:6c:01");
    return d;
}

static struct device_item a_vif(void)
{
    struct device_item d = { .vif = 1 };

    strcpy(d.class, "lab");
    strcpy(d.mac, "00:16:3e:5e:6c:02");
    strcpy(d.nic, "{\"devid\": 1, \"bridge\": \"it's\"}");
    return d;
}

static struct device_item a_card(const char *pci)
{
    struct device_item d = { .vf = 0 };

    strcpy(d.class, "nic");
    strcpy(d.pci, pci);
    strcpy(d.mac, "00:16:3e:5e:6c:03");
    return d;
}

static struct device_record a_record(const char *uuid, enum dm_state state)
{
    struct device_record r = { .state = state, .when = 1700000000 };

    strcpy(r.uuid, uuid);
    strcpy(r.move, "hand-1");
    strcpy(r.name, "web1");
    strcpy(r.host, "h2");
    strcpy(r.ssh, "ssh");
    strcpy(r.boot, "b");
    r.list.item[r.list.n++] = a_vf("0000:03:10.0", 3);
    r.list.item[r.list.n++] = a_vif();
    r.list.item[r.list.n++] = a_card("0000:00:10.0");
    return r;
}

static void records_come_back(void **state)
{
    for (int s = DM_RESERVING; s <= DM_KEPT; s++) {
        struct device_record r = a_record(UUID, (enum dm_state)s), got;

        assert_int_equal(device_record_put(store, &r, &err), 0);
        assert_int_equal(device_record_get(store, UUID, &got, &err), 0);
        assert_memory_equal(&r, &got, sizeof r);
    }
    struct device_record got;
    assert_int_equal(device_record_get(store, OTHER, &got, &err), 0);
    assert_string_equal(got.uuid, "");
}

static void claims_come_back(void **state)
{
    struct device_claim c = { .state = CLAIM_NONE }, got;

    for (int i = 1; i <= DEVICE_PAST + 3; i++) {
        char move[16];

        snprintf(move, sizeof move, "m.%d", i);
        device_claim_begin(&c, UUID, move, "h1");
        c.state = CLAIM_KEPT;
        assert_int_equal(c.n_past, i - 1 < DEVICE_PAST ? i - 1 : DEVICE_PAST);
        assert_false(device_claim_ended(&c, move));
    }
    c.list.item[c.list.n++] = a_vf("0000:03:10.2", 1);
    assert_true(device_claim_ended(&c, "m.10"));
    assert_true(device_claim_ended(&c, "m.3"));
    assert_false(device_claim_ended(&c, "m.2")); /* forgotten */
    assert_int_equal(device_claim_put(store, &c, &err), 0);
    assert_int_equal(device_claim_get(store, UUID, &got, &err), 0);
    assert_memory_equal(&c, &got, sizeof c);
    c.state = CLAIM_RELEASED;
    assert_true(device_claim_ended(&c, "m.11"));
}

#define RECORD(uuid_, state_, devices_)                                       \
    "{\"format\": \"rackhop-device/1\", \"uuid\": \"" uuid_                   \
    "\", \"move\": \"m\", \"state\": \"" state_ "\", \"devices\": [" devices_ \
    "]}"
#define VF(more_)                                                             \
    "{\"class\": \"a\", \"pci\": \"0000:03:10.0\", \"port\": \"e0\", "        \
    "\"mac\": \"00:16:3e:5e:6c:01\"" more_ "}"

#define CARD(more_)                                                           \
    "{\"class\": \"a\", \"pci\": \"0000:03:10.0\", "                          \
    "\"mac\": \"00:16:3e:5e:6c:01\"" more_ "}"

static void what_is_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "{}",
        "[]",
        RECORD("x", "taking", ""),
        RECORD(UUID, "none", ""),
        RECORD(UUID, "later", ""),
        RECORD(UUID, "taking", "1"),
        RECORD(UUID, "taking", "{}"),
        RECORD(UUID, "taking", VF(", \"vlan\": 4095")),
        RECORD(UUID, "taking", VF(", \"vf\": -1")),
        RECORD(UUID, "taking", VF(", \"vlan\": 1.5")),
        RECORD(UUID, "taking",
               "{\"class\": \"a\", \"pci\": \"0000:03:10.8\", \"port\": "
               "\"e0\", \"mac\": \"00:16:3e:5e:6c:01\"}"),
        RECORD(UUID, "taking",
               "{\"class\": \"a\", \"pci\": \"0000:03:10.0\", \"port\": "
               "\"e0'; reboot; '\", \"mac\": \"00:16:3e:5e:6c:01\"}"),
        RECORD(UUID, "taking", VF(", \"nic\": \"{}\"")),
        RECORD(UUID, "taking", CARD(", \"vf\": 1")),
        RECORD(UUID, "taking", CARD(", \"vlan\": 20")),
        RECORD(UUID, "taking",
               "{\"class\": \"a\", \"pci\": \"0000:03:10.0\"}"),
        RECORD(UUID, "taking",
               "{\"class\": \"a b\", \"vif\": 1, \"nic\": \"{}\", \"mac\": "
               "\"00:16:3e:5e:6c:01\"}"),
        RECORD(UUID, "taking",
               "{\"class\": \"a\", \"vif\": 64, \"nic\": \"{}\", \"mac\": "
               "\"00:16:3e:5e:6c:01\"}"),
        RECORD(UUID, "taking",
               "{\"class\": \"a\", \"vif\": 1, \"mac\": "
               "\"00:16:3e:5e:6c:01\"}"),
        RECORD(UUID, "taking",
               "{\"class\": \"a\", \"vif\": 1, \"nic\": \"{}\", \"mac\": "
               "\"01:16:3e:5e:6c:01\"}"),
        RECORD(UUID, "taking",
               "{\"class\": \"a\", \"vif\": 1, \"nic\": \"{}\", \"mac\": "
               "\"00:16:3E:5e:6c:01\"}"),
    };
    struct device_record r;
    struct device_list l;
    struct device_claim c;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (!device_record_parse(&r, "record", bad[i], &err))
            fail_msg("accepted: %s", bad[i]);
    assert_int_equal(device_record_parse(&r, "record",
                                         RECORD(UUID, "taking", VF("")), &err),
                     0);
    assert_int_equal(r.list.n, 1);
    assert_true(device_is_vf(&r.list.item[0]));
    assert_int_equal(device_record_parse(
                         &r, "record", RECORD(UUID, "taking", CARD("")), &err),
                     0);
    assert_true(device_is_card(&r.list.item[0]));
    /* one too many */
    assert_int_equal(
        device_list_parse(
            &l, "list",
            "{\"devices\": [" VF("") "," VF("") "," VF("") "," VF("") "," VF(
                "") "," VF("") "," VF("") "," VF("") "," VF("") "]}",
            &err),
        -EINVAL);
    assert_int_equal(device_list_parse(&l, "list", "{\"devices\": []}", &err),
                     -EINVAL);
    /* a vif that has what a function has */
    assert_int_equal(
        device_list_parse(&l, "list",
                          "{\"devices\": [{\"class\":\"lab\",\"nic\":\"{}\","
                          "\"port\":\"ens1f0\","
                          "\"mac\":\"00:16:3e:5e:6c:01\"}]}",
                          &err),
        -EINVAL);
    assert_int_equal(
        device_claim_parse(&c, "claim", RECORD(UUID, "kept", ""), &err),
        -EINVAL); /* of another form */
}

/* A record that can't be read is no reason to do nothing, nor to go on. */
static int count(void *arg, const struct device_record *r)
{
    ++*(unsigned *)arg;
    return 0;
}

static void unreadable(void **state)
{
    struct device_record r = a_record(OTHER, DM_TAKING);
    unsigned n = 0;

    assert_int_equal(device_record_put(store, &r, &err), 0);
    assert_int_equal(store_cas(store, "device/" UUID, 0, "{", NULL), 0);
    assert_int_equal(device_record_each(store, count, &n, &err), -EINVAL);
    assert_int_equal(n, 1);
    assert_int_equal(device_record_get(store, UUID, &r, &err), -EINVAL);
}

/* As iproute2 5.x and 6.x print it, and as 4.x did. */
static void what_ip_tells(void **state)
{
    static const char ip6[] =
        "[{\"ifindex\":4,\"ifname\":\"ens1f0\",\"vfinfo_list\":["
        "{\"vf\":0,\"link_type\":\"ether\",\"address\":\"00:16:3e:5e:6c:01\","
        "\"broadcast\":\"ff:ff:ff:ff:ff:ff\",\"vlan_list\":[{\"vlan\":20}],"
        "\"spoofchk\":true,\"link_state\":\"auto\",\"trust\":false},"
        "{\"vf\":1,\"address\":\"00:16:3e:5e:6c:02\",\"vlan_list\":[{}]},"
        "{\"vf\":2,\"mac\":\"00:16:3e:5e:6c:03\",\"vlan\":7},"
        "{\"vf\":3,\"address\":\"00:16:3e:5e:6c:04\","
        "\"vlan_list\":[{\"vlan\":7},{\"vlan\":8}]},"
        "{\"vf\":4,\"address\":\"none\"}]}]\n";
    static const struct {
        const char *mac;
        unsigned vlan;
    } want[] = { { "00:16:3e:5e:6c:01", 20 },
                 { "00:16:3e:5e:6c:02", 0 },
                 { "00:16:3e:5e:6c:03", 7 },
                 { NULL, 0 },
                 { NULL, 0 },
                 { NULL, 0 } };
    struct vfinfo info;

    for (unsigned i = 0; i < sizeof want / sizeof *want; i++) {
        int rc = vfinfo_parse(ip6, strlen(ip6), i, &info, &err);

        assert_int_equal(rc, want[i].mac ? 0 : -EINVAL);
        if (!want[i].mac)
            continue;
        assert_string_equal(info.mac, want[i].mac);
        assert_int_equal(info.vlan, want[i].vlan);
    }
    assert_int_equal(vfinfo_parse("", 0, 0, &info, &err), -EINVAL);
    assert_int_equal(vfinfo_parse("[]", 2, 0, &info, &err), -EINVAL);
    assert_int_equal(vfinfo_parse("{\"vfinfo_list\": 1}", 18, 0, &info, &err),
                     -EINVAL);
}

/* --- what guests send -------------------------------------------------------- */

static void counter(const char *root, const char *vif, const char *text)
{
    char path[300];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", root, vif);
    (void)mkdir(path, 0755);
    strcat(path, "/statistics");
    (void)mkdir(path, 0755);
    strcat(path, "/rx_packets");
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void what_guests_send(void **state)
{
    char *root = tmpdir_make("vifs");

    counter(root, "vif7.0", "5\n");
    counter(root, "vif7.2", "70\n");
    counter(root, "vif7.3", "none\n");
    counter(root, "vif7.99", "900\n");
    counter(root, "vif17.0", "8000\n");
    counter(root, "eth0", "1\n");
    assert_int_equal(vif_sent(root, 7, 1), 5);
    assert_int_equal(vif_sent(root, 7, 5), 75);
    assert_int_equal(vif_sent(root, 7, UINT64_MAX), 75);
    assert_int_equal(vif_sent(root, 7, 2), -1); /* it has no such vif here */
    assert_int_equal(vif_sent(root, 7, 8), -1);
    assert_int_equal(vif_sent(root, 7, 0), -1);
    assert_int_equal(vif_sent("/nowhere", 7, 1), -1);
    tmpdir_remove(root);
}

/* --- which is free ----------------------------------------------------------- */

static struct class_rows classes;
static struct devicefacts devices;
static struct xlx_domain guest[2];

static struct device_pick a_pick(void)
{
    return (struct device_pick){ &classes, &devices, guest, 2, store, UUID };
}

static int with_devices(void **state)
{
    static const char *const address[] = { "0000:03:10.0", "0000:03:10.2",
                                           "0000:03:10.4", "0000:65:00.0" };

    memset(guest, 0, sizeof guest);
    if (open_store(state) || class_rows_add(&classes, "net25g=8086:1889") ||
        class_rows_add(&classes, "lab=vif:1:2"))
        return -1;
    for (int i = 0; i < 4; i++) {
        struct devicefact d = { .vf = i < 3 ? i : -1, .of = &classes.row[0] };

        strcpy(d.address, address[i]);
        strcpy(d.port, i < 3 ? "ens1f0" : "");
        if (devicefacts_add(&devices, &d))
            return -1;
    }
    return 0;
}

static int without_devices(void **state)
{
    devicefacts_dispose(&devices);
    class_rows_dispose(&classes);
    strlist_dispose(&guest[0].pci);
    return close_store(state);
}

/* Each way in which a device is spoken for, until none is left. */
static void free_ones(void **state)
{
    struct device_pick p = a_pick();
    struct device_list want = { .n = 1 }, got;
    struct device_record r = a_record(OTHER, DM_BACK);
    struct device_claim c = { .state = CLAIM_NONE };

    want.item[0] = a_vf("0000:82:00.1", 9);
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    assert_string_equal(got.item[0].pci, "0000:03:10.0");
    assert_int_equal(got.item[0].vf, 0);
    assert_string_equal(got.item[0].mac, want.item[0].mac);
    assert_int_equal(got.item[0].vlan, 20);
    /* a guest has the first; the second is that of a guest which moves */
    assert_int_equal(strlist_add(&guest[0].pci, "0000:03:10.0"), 0);
    strcpy(r.list.item[0].pci, "0000:03:10.2");
    assert_int_equal(device_record_put(store, &r, &err), 0);
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    assert_string_equal(got.item[0].pci, "0000:03:10.4");
    want.n = 2;
    want.item[1] = want.item[0];
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    want.n = 1;
    /* the third is kept for another guest, .. */
    device_claim_begin(&c, OTHER, "m", "h9");
    c.state = CLAIM_KEPT;
    c.list.item[c.list.n++] = a_vf("0000:03:10.4", 2);
    assert_int_equal(device_claim_put(store, &c, &err), 0);
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    assert_string_equal(err.text, "it has no free VF of the class net25g");
    /* .. which is nothing to that guest itself, and ends */
    p.uuid = OTHER;
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    p.uuid = UUID;
    c.state = CLAIM_RELEASED;
    assert_int_equal(device_claim_put(store, &c, &err), 0);
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    /* and so does the record */
    r.state = DM_KEPT;
    assert_int_equal(device_record_put(store, &r, &err), 0);
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    assert_string_equal(got.item[0].pci, "0000:03:10.2");
    /* what can't be read may be a claim on any */
    assert_int_equal(store_cas(store, "device-claim/" UUID, 0, "{", NULL), 0);
    assert_int_equal(device_pick(&p, &want, &got, &err), -EINVAL);
}

static void free_stand_ins(void **state)
{
    struct device_pick p = a_pick();
    struct device_list want = { .n = 1 }, got;
    struct device_claim c = { .state = CLAIM_NONE };

    want.item[0] = a_vif();
    guest[1].vifs = 3;
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    assert_int_equal(got.item[0].vif, 1);
    assert_string_equal(got.item[0].nic, want.item[0].nic);
    device_claim_begin(&c, OTHER, "m", "h9");
    c.state = CLAIM_KEPT;
    c.list.item[c.list.n++] = a_vif();
    assert_int_equal(device_claim_put(store, &c, &err), 0);
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    guest[1].vifs = 1;
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    strcpy(want.item[0].class, "unknown");
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "has no class unknown"));
}

/* A whole card, and a class that has cards on one host and VFs on another. */
static void free_cards(void **state)
{
    struct device_pick p = a_pick();
    struct device_list want = { .n = 1 }, got;
    struct devicefact d = { .vf = -1 };

    assert_int_equal(class_rows_add(&classes, "nic=card:8086:100e"), 0);
    for (size_t i = 0; i < devices.n; i++)
        devices.d[i].of = &classes.row[0]; /* the rows may be elsewhere */
    d.of = &classes.row[2];
    strcpy(d.address, "0000:00:10.0");
    assert_int_equal(devicefacts_add(&devices, &d), 0);
    want.item[0] = a_card("0000:00:04.0");
    assert_int_equal(device_pick(&p, &want, &got, &err), 0);
    assert_string_equal(got.item[0].pci, "0000:00:10.0");
    assert_string_equal(got.item[0].port, "");
    assert_string_equal(got.item[0].mac, want.item[0].mac);
    devices.d[devices.n - 1].line_only = true;
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    devices.d[devices.n - 1].line_only = false;
    assert_int_equal(strlist_add(&guest[0].pci, "0000:00:10.0"), 0);
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    assert_string_equal(err.text, "it has no free card of the class nic");
    strcpy(want.item[0].class, "net25g");
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "class net25g is one of VFs"));
    want.item[0] = a_vf("0000:82:00.1", 9);
    strcpy(want.item[0].class, "nic");
    assert_int_equal(device_pick(&p, &want, &got, &err), -ENOSPC);
    assert_non_null(strstr(err.text, "class nic is one of whole cards"));
}

int main(void)
{
#define STORE(test_)                                                          \
    cmocka_unit_test_setup_teardown(test_, open_store, close_store)
#define DEVICES(test_)                                                        \
    cmocka_unit_test_setup_teardown(test_, with_devices, without_devices)
    const struct CMUnitTest tests[] = {
        STORE(records_come_back),
        STORE(claims_come_back),
        STORE(unreadable),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_ip_tells),
        cmocka_unit_test(what_guests_send),
        DEVICES(free_ones),
        DEVICES(free_stand_ins),
        DEVICES(free_cards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
