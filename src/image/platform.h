/* os/architecture/variant, in every spelling that users and images have. */
#pragma once
#include "base/types.h"

struct platform {
        char os[32], arch[32], variant[16]; /* normal form: "linux", "arm64", ""; all "" for none */
};

struct platform_text {
        char text[96];
};

/* "linux/arm64/v8", "arm64", "aarch64", "linux/arm/v7", "armhf", "x86_64"... False when it is no platform. */
bool platform_parse(const char *text, struct platform *p);

/* From the fields of an image, which say it in other words at times. Unknown words are kept. */
struct platform platform_make(const char *os, const char *arch, const char *variant);

/* 0: a program of `have` is not for `want`. Otherwise the larger number is the better choice. */
int platform_fit(const struct platform *want, const struct platform *have);

/* "linux/arm64". */
struct platform_text platform_text(const struct platform *p);

/* The e_machine (elf.h) of its programs; 0 when we do not know it. */
u16 platform_machine(const struct platform *p);

/* The GOARCH-like name of an e_machine: "arm64", "amd64"; "machine 243" for others. */
struct platform_text platform_machine_name(u16 machine);
