PREFIX ?= /usr/local

.PHONY: build run test check bench install clean

build:
	scripts/build

run:
	scripts/run

test:
	scripts/test

check:
	scripts/check

bench:
	scripts/run bench

install: build
	install -Dm755 .build/release/studio $(DESTDIR)$(PREFIX)/bin/studio
	install -d $(DESTDIR)$(PREFIX)/share/man/man1
	.build/release/studio help --man > $(DESTDIR)$(PREFIX)/share/man/man1/studio.1
	install -d $(DESTDIR)$(PREFIX)/share/studio/themes $(DESTDIR)$(PREFIX)/share/studio/keymaps \
	  $(DESTDIR)$(PREFIX)/share/studio/adapters
	install -m644 themes/* $(DESTDIR)$(PREFIX)/share/studio/themes
	install -m644 keymaps/* $(DESTDIR)$(PREFIX)/share/studio/keymaps
	install -m644 adapters/* $(DESTDIR)$(PREFIX)/share/studio/adapters

clean:
	rm -rf .build .venv
