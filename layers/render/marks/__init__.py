"""The shapes of marks other than circles, as SVG files on a 16 × 16 grid."""
