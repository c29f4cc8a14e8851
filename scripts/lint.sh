#!/usr/bin/env bash
# Holds the Swift code to the house style. Changes nothing.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
exec swift format lint --strict --recursive --parallel Package.swift Sources Tests
