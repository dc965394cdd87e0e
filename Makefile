# Short front of the Meson build. `make help` lists the targets.
BUILD ?= build
MESON_ARGS ?=
NINJA = ninja -C $(BUILD)

.PHONY: all setup check check-long demo bench image install clean format help

all: $(BUILD)/build.ninja
	@$(NINJA)

# The packages are looked at each time (quick); Meson is configured once and follows its own files afterwards.
$(BUILD)/build.ninja: | setup
	@meson setup $(BUILD) $(MESON_ARGS)

setup:
	@tools/setup build

check: all
	@tools/setup check
	@tests/run --build $(BUILD)

check-long: all
	@tools/setup check
	@tools/setup demo
	@tools/setup long
	@tests/run --build $(BUILD) --long

demo: all
	@tools/setup demo
	@tools/demo --build $(BUILD)

bench: all
	@tools/setup bench
	@bench/run --build $(BUILD) $(BENCH_ARGS)

# The programs without debug information, for `docker run --privileged`: load it with skopeo, podman or docker.
image: all
	@mkdir -p $(BUILD)/image
	@for p in crossarm-binfmt crossarm-aarch64; do strip -o $(BUILD)/image/$$p $(BUILD)/bin/$$p; done
	@tools/oci-image $(BUILD)/crossarm-binfmt.oci.tar crossarm-binfmt:latest $(BUILD)/image/crossarm-binfmt $(BUILD)/image/crossarm-aarch64

install: all
	@meson install -C $(BUILD)

format:
	@git ls-files 'src/*.c' 'src/*.h' 'tests/*.c' 'bench/*.c' | xargs clang-format -i

clean:
	@rm -rf $(BUILD)

help:
	@echo 'make             build into $(BUILD)/bin (installs missing Debian packages first)'
	@echo 'make check       run the tests; make check-long runs the long ones too'
	@echo 'make demo        make an arm64 Debian rootfs and run real programs in it'
	@echo 'make bench       measure against native code and QEMU; BENCH_ARGS=--help'
	@echo 'make image       an OCI archive of crossarm-binfmt and the engine: handlers by docker run --privileged'
	@echo 'make format      clang-format the tree'
	@echo 'make install     install the programs (meson install)'
	@echo 'make clean       remove $(BUILD)'
