"""The commands of ``craft-store`` that only make sense for snaps, one module each."""
