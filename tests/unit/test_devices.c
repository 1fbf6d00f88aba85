/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host's assignable PCI devices, read from a twin of sysfs in a directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/tmpdir.h"
#include "tools/cluster/host_classes.h"
#include "tools/cluster/host_devices.h"
#include "tools/doc/classfacts.h"

static char *root;

/* --- the twin ---------------------------------------------------------------- */

static void make_dirs(char *path)
{
    for (char *p = path + 1; (p = strchr(p, '/')); p++) {
        *p = '\0';
        (void)mkdir(path, 0755);
        *p = '/';
    }
}

static void sys_path(char path[256], const char *device, const char *what)
{
    snprintf(path, 256, "%s/bus/pci/devices/%s/%s", root, device, what);
    make_dirs(path);
}

static void sys_file(const char *device, const char *what, const char *text)
{
    char path[256];
    FILE *f;

    sys_path(path, device, what);
    f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void sys_link(const char *device, const char *what, const char *to)
{
    char path[256], target[64];

    sys_path(path, device, what);
    snprintf(target, sizeof target, "../%s", to);
    assert_int_equal(symlink(target, path), 0);
}

/* pciback has it. */
static void give(const char *device)
{
    char path[256];

    snprintf(path, sizeof path, "%s/bus/pci/drivers/pciback/%s", root, device);
    make_dirs(path);
    assert_int_equal(symlink("../../../../devices/x", path), 0);
}

static void pf_with_two_vfs(void)
{
    sys_file("0000:03:00.0", "sriov_numvfs", "2\n");
    sys_link("0000:03:00.0", "virtfn0", "0000:03:10.0");
    sys_link("0000:03:00.0", "virtfn1", "0000:03:10.2");
    sys_file("0000:03:00.0", "net/ens1f0/x", "");
    for (const char *vf = "02"; *vf; vf++) {
        char name[] = "0000:03:10.0";

        name[11] = *vf;
        sys_file(name, "vendor", "0x8086\n");
        sys_file(name, "device", "0x1889\n");
        sys_file(name, "class", "0x020000\n");
        sys_file(name, "numa_node", "1\n");
        sys_link(name, "physfn", "0000:03:00.0");
        give(name);
    }
}

static int setup(void **state)
{
    root = tmpdir_make("devices");
    pf_with_two_vfs();
    /* whole, of a host with one node, and with VFs of its own */
    sys_file("0000:65:00.0", "vendor", "0x10de\n");
    sys_file("0000:65:00.0", "device", "0x2330\n");
    sys_file("0000:65:00.0", "class", "0x030200\n");
    sys_file("0000:65:00.0", "numa_node", "-1\n");
    sys_file("0000:65:00.0", "sriov_numvfs", "4\n");
    give("0000:65:00.0");
    /* files that are none, and a PF that is no device */
    sys_file("0000:66:00.0", "vendor", "vendor\n");
    sys_file("0000:66:00.0", "device", "0x12345 and more");
    sys_link("0000:66:00.0", "physfn", "nowhere");
    give("0000:66:00.0");
    /* what else is in a driver's directory */
    give("bind");
    give("0000:66:00.8");
    give("0000:66:00.0x");
    return 0;
}

static int teardown(void **state)
{
    tmpdir_remove(root);
    return 0;
}

/* --- what is read ------------------------------------------------------------ */

static void as_sysfs_has_them(void **state)
{
    struct devicefacts l = { .d = NULL };
    const struct devicefact *d;

    assert_int_equal(host_devices(&l, root), 0);
    assert_int_equal(l.n, 4);
    d = devicefacts_find(&l, "0000:03:10.2");
    assert_ptr_equal(d, &l.d[1]); /* by address */
    assert_int_equal(d->vendor, 0x8086);
    assert_int_equal(d->device, 0x1889);
    assert_int_equal(d->class, 0x020000);
    assert_int_equal(d->numa, 1);
    assert_int_equal(d->vf, 1);
    assert_string_equal(d->pf, "0000:03:00.0");
    assert_string_equal(d->port, "ens1f0");
    assert_null(d->guest);
    assert_int_equal(l.d[2].vfs, 4);
    assert_int_equal(l.d[2].vf, -1);
    assert_string_equal(l.d[3].pf, "");
    assert_int_equal(l.d[3].vendor, 0);
    assert_int_equal(l.d[3].device, 0);
    assert_null(devicefacts_find(&l, "0000:03:10.1"));
    devicefacts_dispose(&l);
    devicefacts_dispose(&l);
}

static void without_pciback(void **state)
{
    struct devicefacts l = { .d = NULL };

    assert_int_equal(host_devices(&l, "/nowhere"), 0);
    assert_int_equal(l.n, 0);
}

static void in_the_facts(void **state)
{
    static const char want[] =
        "\"devices\":[{\"address\":\"0000:03:10.0\",\"id\":\"8086:1889\","
        "\"class\":\"020000\",\"numa\":1,\"pf\":\"0000:03:00.0\",\"vf\":0,"
        "\"port\":\"ens1f0\",\"guest\":\"u1\"},";
    struct devicefacts l = { .d = NULL };
    struct json_out *o = json_text_new(false);
    char *text, *to;
    size_t len;

    assert_non_null(o);
    assert_int_equal(host_devices(&l, root), 0);
    l.d[0].guest = "u1";
    json_obj(o);
    devicefacts_write(&l, o);
    json_obj_end(o);
    text = to = json_text_free(o, &len);
    for (const char *p = text; *p; p++) /* however it is laid out */
        if (*p != ' ' && *p != '\n')
            *to++ = *p;
    *to = '\0';
    if (!strstr(text, want))
        fail_msg("%s", text);
    free(text);
    devicefacts_dispose(&l);
}

static void addresses(void **state)
{
    static const char *const good[] = { "0000:03:10.0", "ffff:ff:1f.7" };
    static const char *const bad[] = {
        "",
        "0000:03:10",
        "0000:03:10.8",
        "0000:03:10.0 ",
        "03:10.0",
        "0000-03:10.0",
        "0000:03:1G.0",
        "0000:03:10.",
        "0000:0A:10.0",
        "00000:03:10.0",
        "../../../../x.0",
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(pci_address_ok(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(pci_address_ok(bad[i]));
}

static const char *class_at(struct devicefacts *l, const char *address)
{
    const struct devicefact *d = devicefacts_find(l, address);

    return d->of ? d->of->name : "none";
}

/* A class of cards has network cards, whole ones, and a class of VFs has none:
 * neither is counted as free where it could not be given. */
static void classes_of_them(void **state)
{
    struct class_rows rows = { .row = NULL };
    struct devicefacts l = { .d = NULL };
    struct topo_view view;

    sys_file("0000:00:10.0", "vendor", "0x8086\n");
    sys_file("0000:00:10.0", "device", "0x100e\n");
    sys_file("0000:00:10.0", "class", "0x020000\n");
    give("0000:00:10.0");
    assert_int_equal(class_rows_add(&rows, "vf=8086:1889,10de:2330,8086:100e"),
                     0);
    assert_int_equal(
        class_rows_add(&rows, "nic=card:8086:1889,10de:2330,8086:100e"), 0);
    topo_view_init(&view);
    assert_int_equal(host_devices(&l, root), 0);
    assert_int_equal(host_classes(&l, &rows, &view), 0);
    assert_string_equal(class_at(&l, "0000:00:10.0"), "nic");
    assert_string_equal(class_at(&l, "0000:03:10.2"), "vf");
    assert_string_equal(class_at(&l, "0000:65:00.0"), "none");
    assert_string_equal(class_at(&l, "0000:66:00.0"), "none");
    topo_view_dispose(&view);
    devicefacts_dispose(&l);
    class_rows_dispose(&rows);
}

/* "class" of each, and how many; of a host's facts, or a guest's. */
static void classes_are(const struct hostfacts *h, const struct xlx_domain *d,
                        const char *want)
{
    struct json_out *o = json_text_new(false);
    char *text, *to;
    size_t len;

    assert_non_null(o);
    json_obj(o);
    if (d)
        classfacts_guest(h, d, o);
    else
        classfacts_host(h, o);
    json_obj_end(o);
    text = to = json_text_free(o, &len);
    for (const char *p = text; *p; p++) /* however it is laid out */
        if (*p != ' ' && *p != '\n')
            *to++ = *p;
    *to = '\0';
    assert_string_equal(text, want);
    free(text);
}

/* What could not be given, or not be changed, is not planned with. */
static void classes_in_the_facts(void **state)
{
    struct class_rows rows = { .row = NULL };
    struct hostfacts h = { .classes = &rows };
    struct devicefact card = { .address = "0000:00:10.0", .vf = -1 };
    struct xlx_domain d = { .domid = 7 };

    assert_int_equal(class_rows_add(&rows, "nic=card:8086:100e"), 0);
    assert_int_equal(class_rows_add(&rows, "lab=vif:5:1"), 0);
    card.of = &rows.row[0];
    assert_int_equal(devicefacts_add(&h.devices, &card), 0);
    classes_are(&h, NULL,
                "{\"device_classes\":[{\"class\":\"nic\",\"devices\":1,"
                "\"card\":true},"
                "{\"class\":\"lab\",\"devices\":1}]}");
    h.xen.no_iommu = true;
    classes_are(&h, NULL,
                "{\"device_classes\":[{\"class\":\"nic\",\"devices\":0,"
                "\"card\":true},"
                "{\"class\":\"lab\",\"devices\":1}]}");
    assert_int_equal(strlist_add(&d.pci, "0000:00:10.0"), 0);
    d.vifs = 2;
    classes_are(&h, &d,
                "{\"device_classes\":[{\"class\":\"nic\","
                "\"pci\":\"0000:00:10.0\",\"card\":true}]}");
    for (d.vifs = 0; d.vifs <= 6; d.vifs += 6)
        classes_are(&h, &d, "{\"device_classes\":[]}");
    /* nor what a guest could not be given again */
    d.vifs = 2;
    h.xen.no_iommu = false;
    h.devices.d[0].line_only = true;
    classes_are(&h, &d, "{\"device_classes\":[]}");
    classes_are(&h, NULL,
                "{\"device_classes\":[{\"class\":\"nic\",\"devices\":0,"
                "\"card\":true},"
                "{\"class\":\"lab\",\"devices\":1}]}");
    strlist_dispose(&d.pci);
    devicefacts_dispose(&h.devices);
    class_rows_dispose(&rows);
}

/* Of a device with so many bytes of a configuration in sysfs; 0: it has none. */
static bool is_line_only(const uint8_t *config, size_t len)
{
    struct devicefacts l = { .d = NULL };
    char path[256];
    bool yes;
    FILE *f;

    sys_path(path, "0000:65:00.0", "config");
    if (len) {
        f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(config, 1, len, f), len);
        fclose(f);
    }
    assert_int_equal(host_devices(&l, root), 0);
    yes = devicefacts_find(&l, "0000:65:00.0")->line_only;
    devicefacts_dispose(&l);
    return yes;
}

/* Off the bus, or in reset, it reads as all ones; a VF has no number of its vendor
 * in its own configuration. */
static void no_answer(void **state)
{
    uint8_t config[256];

    memset(config, 0xff, sizeof config);
    assert_false(is_line_only(config, sizeof config));
    memset(config + 2, 0, sizeof config - 2);
    assert_false(is_line_only(config, sizeof config));
    config[0] = 0x86;
    assert_true(is_line_only(config, sizeof config));
}

/* The capabilities of a device, by its configuration as sysfs has it. */
static void lines_and_messages(void **state)
{
    static const struct {
        size_t len;                       /* of the file; 0: there is none */
        uint8_t status, first, cap[3][3]; /* offset, number, next */
        bool line_only;
    } rows[] = {
        { 0, 0, 0, { { 0 } }, false },
        { 64, 0x10, 0x40, { { 0 } }, false },       /* not all may be read */
        { 256, 0, 0x40, { { 0x40, 5, 0 } }, true }, /* it has no list */
        { 256, 0x10, 0, { { 0 } }, true },
        { 256, 0x10, 0x40, { { 0x40, 1, 0 } }, true },
        { 256, 0x10, 0x40, { { 0x40, 1, 0x50 }, { 0x50, 5, 0 } }, false },
        { 256, 0x10, 0x50, { { 0x50, 0x11, 0 } }, false },
        { 4096, 0x10, 0x50, { { 0x50, 0x11, 0 } }, false },
        /* the lowest two bits are none of the offset */
        { 256, 0x10, 0x43, { { 0x40, 1, 0x53 }, { 0x50, 5, 0 } }, false },
        /* lists that end nowhere, or in the header */
        { 256, 0x10, 0x40, { { 0x40, 1, 0x50 }, { 0x50, 1, 0x40 } }, true },
        { 256, 0x10, 0x40, { { 0x40, 1, 0x20 }, { 0x20, 5, 0 } }, true },
        { 256, 0x10, 0xfc, { { 0xfc, 1, 0xff } }, true },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t config[4096] = { 0 };

        config[6] = rows[i].status;
        config[0x34] = rows[i].first;
        for (int k = 0; k < 3 && rows[i].cap[k][0]; k++) {
            config[rows[i].cap[k][0]] = rows[i].cap[k][1];
            config[rows[i].cap[k][0] + 1] = rows[i].cap[k][2];
        }
        if (is_line_only(config, rows[i].len) != rows[i].line_only)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_sysfs_has_them),
        cmocka_unit_test(without_pciback),
        cmocka_unit_test(in_the_facts),
        cmocka_unit_test(addresses),
        cmocka_unit_test(classes_of_them), /* one device more */
        cmocka_unit_test(classes_in_the_facts),
        cmocka_unit_test(lines_and_messages),
        cmocka_unit_test(no_answer),
    };

    return cmocka_run_group_tests_name("devices", tests, setup, teardown);
}
