package io.proxyd.discovery.disk;

import java.nio.file.Path;

/** A file that is there but holds no catalog that can be used; the message names the file, its fault and what was expected. */
public final class CatalogFileException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CatalogFileException(Path file, String fault) {
        super(file + ": " + fault);
    }
}
