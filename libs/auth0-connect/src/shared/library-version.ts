/**
 * The version of this library, as its manifest has it. Not read from the manifest, which is not there when an application is
 * bundled into one file.
 */
export const libraryVersion = '0.1.0';
