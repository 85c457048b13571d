# Made with shtab. Where this goes: nkey-wallet completions --help

_shtab_nkey_wallet_exports_subparsers=(add change remove activate revoke allow)
_shtab_nkey_wallet_imports_subparsers=(add change remove)
_shtab_nkey_wallet_mappings_subparsers=(add change remove)
_shtab_nkey_wallet_subparsers=(demo init import scan new list show public rename move tag note retire delete rotate rotations edit may revoke allow exports imports mappings pair unpair config creds jwt export seed test servers push diff pull inspect sign verify seal open health expiring history check passphrase recovery backup backups restore merge completions)

_shtab_nkey_wallet_demo_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_init_option_strings=(-h --help --cost --keep-aside --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_import_option_strings=(-h --help --under --dry-run --on-conflict --all-or-nothing --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_scan_option_strings=(-h --help --git --ignore --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_new_option_strings=(-h --help --under --count --signing --role --prefix --expires --not-before --allow-pub --deny-pub --allow-sub --deny-sub --responses --response-time --limit --source --hours --time-zone --connection-type --bearer --no-bearer --description --info-url --tiers --trace --account-server --service-urls --oldest-server --disallow-bearer --no-disallow-bearer --tags --claims --signer --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_list_option_strings=(-h --help --kind --sort --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_show_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_public_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_rename_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_move_option_strings=(-h --help --yes --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_tag_option_strings=(-h --help --json --add --remove --sign --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_note_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_retire_option_strings=(-h --help --json --undo --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_delete_option_strings=(-h --help --json --yes --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_rotate_option_strings=(-h --help --as --finish --importers --undo --to --on-my-word --yes --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_rotations_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_edit_option_strings=(-h --help --expires --not-before --allow-pub --deny-pub --allow-sub --deny-sub --responses --response-time --limit --source --hours --time-zone --connection-type --bearer --no-bearer --description --info-url --tiers --trace --account-server --service-urls --oldest-server --disallow-bearer --no-disallow-bearer --tags --claims --signer --role --plain --system-account --strict --no-strict --free --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_may_option_strings=(-h --help --pub --sub --subscribe --queue --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_revoke_option_strings=(-h --help --under --before --mend --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_allow_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_exports_add_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --stream --service --private --public --name --token-position --response-type --response-time --latency --advertise --no-advertise --allow-trace --no-allow-trace --description --info-url)
_shtab_nkey_wallet_exports_change_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --subject --stream --service --private --public --name --token-position --response-type --response-time --latency --advertise --no-advertise --allow-trace --no-allow-trace --description --info-url)
_shtab_nkey_wallet_exports_remove_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --stream --service)
_shtab_nkey_wallet_exports_activate_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --stream --service --only --expires --to)
_shtab_nkey_wallet_exports_revoke_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --stream --service --before)
_shtab_nkey_wallet_exports_allow_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --stream --service)
_shtab_nkey_wallet_exports_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_imports_add_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --from --stream --service --as --name --share --no-share --allow-trace --no-allow-trace --activation)
_shtab_nkey_wallet_imports_change_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --from --stream --service --as --name --share --no-share --allow-trace --no-allow-trace --activation)
_shtab_nkey_wallet_imports_remove_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --from --stream --service)
_shtab_nkey_wallet_imports_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_mappings_add_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --weight --cluster)
_shtab_nkey_wallet_mappings_change_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json --weight --cluster)
_shtab_nkey_wallet_mappings_remove_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --json)
_shtab_nkey_wallet_mappings_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_pair_option_strings=(-h --help --stream --service --private --public --as --expires --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_unpair_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_config_option_strings=(-h --help --for --accounts --resolver --server --rehearse --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_creds_option_strings=(-h --help --for --to --yes --unrecorded --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_jwt_option_strings=(-h --help --words --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_export_option_strings=(-h --help --unrecorded --as --to --server --force --yes --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_seed_option_strings=(-h --help --yes --unrecorded --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_test_option_strings=(-h --help --server --cluster --cluster-yes --at-once --config --creds-only --may --experiment --expect --no-probe --beside --monitor --tls-ca --tls-cert --tls-key --timeout --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_servers_option_strings=(-h --help --url --tls-ca --tls-cert --tls-key --monitor --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_push_option_strings=(-h --help --server --as --tls-ca --tls-cert --tls-key --timeout --json --on-my-word --yes --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_diff_option_strings=(-h --help --server --as --tls-ca --tls-cert --tls-key --timeout --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_pull_option_strings=(-h --help --server --as --tls-ca --tls-cert --tls-key --timeout --json --dry-run --on-conflict --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_inspect_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_sign_option_strings=(-h --help --yes --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_verify_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_seal_option_strings=(-h --help --for --to --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_open_option_strings=(-h --help --from --to --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_health_option_strings=(-h --help --old-after --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_expiring_option_strings=(-h --help --within --ended --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_history_option_strings=(-h --help --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_check_option_strings=(-h --help --file-passphrase-file --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_passphrase_option_strings=(-h --help --new-passphrase-file --cost --new-key-file --no-key-file --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_recovery_option_strings=(-h --help --to --remove --status --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_backup_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_backups_option_strings=(-h --help --number --days --size --place --off --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_restore_option_strings=(-h --help --yes --dry-run --file-passphrase-file --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_merge_option_strings=(-h --help --dry-run --on-conflict --yes --base --output --file-passphrase-file --json --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_completions_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed)
_shtab_nkey_wallet_option_strings=(-h --help --vault --passphrase-file --key-file --recovery-code-file --accept-older --accept-damaged --no-seed --version --debug-info --read-only)

_shtab_nkey_wallet_demo___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_demo___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_demo___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_demo___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_init___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_init___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_init___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_init___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_import_pos_0_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_import___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_import___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_import___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_import___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_scan_pos_0_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_scan___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_scan___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_scan___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_scan___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_new___claims_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_new___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_new___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_new___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_new___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_list___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_list___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_list___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_list___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_show___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_show___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_show___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_show___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_public___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_public___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_public___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_public___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rename___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rename___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rename___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rename___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_move___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_move___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_move___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_move___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_tag___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_tag___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_tag___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_tag___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_note___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_note___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_note___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_note___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_retire___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_retire___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_retire___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_retire___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_delete___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_delete___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_delete___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_delete___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotate___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotate___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotate___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotate___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotations___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotations___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotations___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_rotations___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_edit___claims_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_edit___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_edit___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_edit___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_edit___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_may___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_may___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_may___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_may___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_revoke___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_revoke___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_revoke___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_revoke___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_allow___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_allow___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_allow___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_allow___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_add___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_add___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_add___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_add___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_change___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_change___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_change___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_change___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_remove___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_remove___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_remove___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_remove___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_activate___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_activate___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_activate___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_activate___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_activate___to_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_revoke___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_revoke___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_revoke___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_revoke___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_allow___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_allow___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_allow___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports_allow___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_exports___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_add___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_add___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_add___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_add___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_add___activation_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_change___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_change___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_change___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_change___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_change___activation_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_remove___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_remove___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_remove___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports_remove___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_imports___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_add___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_add___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_add___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_add___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_change___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_change___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_change___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_change___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_remove___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_remove___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_remove___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings_remove___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_mappings___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pair___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pair___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pair___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pair___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_unpair___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_unpair___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_unpair___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_unpair___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_config___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_config___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_config___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_config___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_creds___to_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_creds___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_creds___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_creds___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_creds___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_jwt___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_jwt___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_jwt___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_jwt___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_export___to_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_export___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_export___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_export___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_export___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seed___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seed___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seed___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seed___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___config_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___tls_ca_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___tls_cert_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___tls_key_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_test___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_servers___tls_ca_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_servers___tls_cert_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_servers___tls_key_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_servers___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_servers___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_servers___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_servers___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_push___tls_ca_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_push___tls_cert_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_push___tls_key_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_push___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_push___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_push___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_push___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_diff___tls_ca_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_diff___tls_cert_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_diff___tls_key_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_diff___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_diff___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_diff___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_diff___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pull___tls_ca_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pull___tls_cert_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pull___tls_key_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pull___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pull___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pull___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_pull___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_inspect___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_inspect___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_inspect___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_inspect___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_sign_pos_1_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_sign___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_sign___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_sign___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_sign___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_verify_pos_1_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_verify___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_verify___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_verify___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_verify___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seal_pos_1_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seal___to_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seal___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seal___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seal___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_seal___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_open_pos_1_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_open___to_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_open___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_open___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_open___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_open___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_health___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_health___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_health___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_health___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_expiring___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_expiring___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_expiring___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_expiring___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_history___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_history___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_history___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_history___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_check_pos_0_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_check___file_passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_check___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_check___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_check___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_check___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_passphrase___new_passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_passphrase___new_key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_passphrase___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_passphrase___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_passphrase___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_passphrase___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_recovery___to_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_recovery___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_recovery___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_recovery___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_recovery___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backup_pos_0_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backup___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backup___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backup___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backup___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backups___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backups___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backups___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_backups___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_restore_pos_0_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_restore___file_passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_restore___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_restore___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_restore___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_restore___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge_pos_0_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge___base_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge___output_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge___file_passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_merge___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_completions___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_completions___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_completions___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet_completions___recovery_code_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet___vault_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet___passphrase_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet___key_file_COMPGEN=_shtab_compgen_files
_shtab_nkey_wallet___recovery_code_file_COMPGEN=_shtab_compgen_files

_shtab_nkey_wallet_init___cost_choices=(light standard heavy)
_shtab_nkey_wallet_import___on_conflict_choices=(keep take both)
_shtab_nkey_wallet_new_pos_0_choices=(operator account user server cluster curve)
_shtab_nkey_wallet_list___kind_choices=(operator account user server cluster curve)
_shtab_nkey_wallet_list___sort_choices=(name age expiry test)
_shtab_nkey_wallet_rotate___as_choices=(planned leaked handover lost)
_shtab_nkey_wallet_exports_pos_1_choices=(add change remove activate revoke allow)
_shtab_nkey_wallet_imports_pos_1_choices=(add change remove)
_shtab_nkey_wallet_mappings_pos_1_choices=(add change remove)
_shtab_nkey_wallet_config___for_choices=(server operator account go python javascript rust nats-cli)
_shtab_nkey_wallet_config___resolver_choices=(memory full)
_shtab_nkey_wallet_export___as_choices=(nk creds jwt public nsc context kubernetes systemd docker)
_shtab_nkey_wallet_test___expect_choices=(taken refused)
_shtab_nkey_wallet_servers_pos_0_choices=(list add remove forget)
_shtab_nkey_wallet_pull___on_conflict_choices=(keep take both)
_shtab_nkey_wallet_passphrase___cost_choices=(light standard heavy)
_shtab_nkey_wallet_merge___on_conflict_choices=(ours theirs)
_shtab_nkey_wallet_completions_pos_0_choices=(bash zsh fish powershell)
_shtab_nkey_wallet_pos_0_choices=(demo init import scan new list show public rename move tag note retire delete rotate rotations edit may revoke allow exports imports mappings pair unpair config creds jwt export seed test servers push diff pull inspect sign verify seal open health expiring history check passphrase recovery backup backups restore merge completions)

_shtab_nkey_wallet_demo__h_nargs=0
_shtab_nkey_wallet_demo___help_nargs=0
_shtab_nkey_wallet_demo___accept_older_nargs=0
_shtab_nkey_wallet_demo___accept_damaged_nargs=0
_shtab_nkey_wallet_demo___no_seed_nargs=0
_shtab_nkey_wallet_init__h_nargs=0
_shtab_nkey_wallet_init___help_nargs=0
_shtab_nkey_wallet_init___keep_aside_nargs=0
_shtab_nkey_wallet_init___accept_older_nargs=0
_shtab_nkey_wallet_init___accept_damaged_nargs=0
_shtab_nkey_wallet_init___no_seed_nargs=0
_shtab_nkey_wallet_import_pos_0_nargs=+
_shtab_nkey_wallet_import__h_nargs=0
_shtab_nkey_wallet_import___help_nargs=0
_shtab_nkey_wallet_import___dry_run_nargs=0
_shtab_nkey_wallet_import___all_or_nothing_nargs=0
_shtab_nkey_wallet_import___json_nargs=0
_shtab_nkey_wallet_import___accept_older_nargs=0
_shtab_nkey_wallet_import___accept_damaged_nargs=0
_shtab_nkey_wallet_import___no_seed_nargs=0
_shtab_nkey_wallet_scan_pos_0_nargs=+
_shtab_nkey_wallet_scan__h_nargs=0
_shtab_nkey_wallet_scan___help_nargs=0
_shtab_nkey_wallet_scan___git_nargs=0
_shtab_nkey_wallet_scan___json_nargs=0
_shtab_nkey_wallet_scan___accept_older_nargs=0
_shtab_nkey_wallet_scan___accept_damaged_nargs=0
_shtab_nkey_wallet_scan___no_seed_nargs=0
_shtab_nkey_wallet_new__h_nargs=0
_shtab_nkey_wallet_new___help_nargs=0
_shtab_nkey_wallet_new___signing_nargs=0
_shtab_nkey_wallet_new___bearer_nargs=0
_shtab_nkey_wallet_new___no_bearer_nargs=0
_shtab_nkey_wallet_new___disallow_bearer_nargs=0
_shtab_nkey_wallet_new___no_disallow_bearer_nargs=0
_shtab_nkey_wallet_new___json_nargs=0
_shtab_nkey_wallet_new___accept_older_nargs=0
_shtab_nkey_wallet_new___accept_damaged_nargs=0
_shtab_nkey_wallet_new___no_seed_nargs=0
_shtab_nkey_wallet_list_pos_0_nargs='*'
_shtab_nkey_wallet_list__h_nargs=0
_shtab_nkey_wallet_list___help_nargs=0
_shtab_nkey_wallet_list___json_nargs=0
_shtab_nkey_wallet_list___accept_older_nargs=0
_shtab_nkey_wallet_list___accept_damaged_nargs=0
_shtab_nkey_wallet_list___no_seed_nargs=0
_shtab_nkey_wallet_show__h_nargs=0
_shtab_nkey_wallet_show___help_nargs=0
_shtab_nkey_wallet_show___json_nargs=0
_shtab_nkey_wallet_show___accept_older_nargs=0
_shtab_nkey_wallet_show___accept_damaged_nargs=0
_shtab_nkey_wallet_show___no_seed_nargs=0
_shtab_nkey_wallet_public__h_nargs=0
_shtab_nkey_wallet_public___help_nargs=0
_shtab_nkey_wallet_public___accept_older_nargs=0
_shtab_nkey_wallet_public___accept_damaged_nargs=0
_shtab_nkey_wallet_public___no_seed_nargs=0
_shtab_nkey_wallet_rename__h_nargs=0
_shtab_nkey_wallet_rename___help_nargs=0
_shtab_nkey_wallet_rename___json_nargs=0
_shtab_nkey_wallet_rename___accept_older_nargs=0
_shtab_nkey_wallet_rename___accept_damaged_nargs=0
_shtab_nkey_wallet_rename___no_seed_nargs=0
_shtab_nkey_wallet_move_pos_0_nargs=+
_shtab_nkey_wallet_move__h_nargs=0
_shtab_nkey_wallet_move___help_nargs=0
_shtab_nkey_wallet_move___yes_nargs=0
_shtab_nkey_wallet_move___json_nargs=0
_shtab_nkey_wallet_move___accept_older_nargs=0
_shtab_nkey_wallet_move___accept_damaged_nargs=0
_shtab_nkey_wallet_move___no_seed_nargs=0
_shtab_nkey_wallet_tag_pos_0_nargs=+
_shtab_nkey_wallet_tag__h_nargs=0
_shtab_nkey_wallet_tag___help_nargs=0
_shtab_nkey_wallet_tag___json_nargs=0
_shtab_nkey_wallet_tag___sign_nargs=0
_shtab_nkey_wallet_tag___accept_older_nargs=0
_shtab_nkey_wallet_tag___accept_damaged_nargs=0
_shtab_nkey_wallet_tag___no_seed_nargs=0
_shtab_nkey_wallet_note__h_nargs=0
_shtab_nkey_wallet_note___help_nargs=0
_shtab_nkey_wallet_note___json_nargs=0
_shtab_nkey_wallet_note___accept_older_nargs=0
_shtab_nkey_wallet_note___accept_damaged_nargs=0
_shtab_nkey_wallet_note___no_seed_nargs=0
_shtab_nkey_wallet_retire_pos_0_nargs=+
_shtab_nkey_wallet_retire__h_nargs=0
_shtab_nkey_wallet_retire___help_nargs=0
_shtab_nkey_wallet_retire___json_nargs=0
_shtab_nkey_wallet_retire___undo_nargs=0
_shtab_nkey_wallet_retire___accept_older_nargs=0
_shtab_nkey_wallet_retire___accept_damaged_nargs=0
_shtab_nkey_wallet_retire___no_seed_nargs=0
_shtab_nkey_wallet_delete_pos_0_nargs=+
_shtab_nkey_wallet_delete__h_nargs=0
_shtab_nkey_wallet_delete___help_nargs=0
_shtab_nkey_wallet_delete___json_nargs=0
_shtab_nkey_wallet_delete___yes_nargs=0
_shtab_nkey_wallet_delete___accept_older_nargs=0
_shtab_nkey_wallet_delete___accept_damaged_nargs=0
_shtab_nkey_wallet_delete___no_seed_nargs=0
_shtab_nkey_wallet_rotate__h_nargs=0
_shtab_nkey_wallet_rotate___help_nargs=0
_shtab_nkey_wallet_rotate___finish_nargs=0
_shtab_nkey_wallet_rotate___importers_nargs=0
_shtab_nkey_wallet_rotate___undo_nargs=0
_shtab_nkey_wallet_rotate___on_my_word_nargs=0
_shtab_nkey_wallet_rotate___yes_nargs=0
_shtab_nkey_wallet_rotate___json_nargs=0
_shtab_nkey_wallet_rotate___accept_older_nargs=0
_shtab_nkey_wallet_rotate___accept_damaged_nargs=0
_shtab_nkey_wallet_rotate___no_seed_nargs=0
_shtab_nkey_wallet_rotations__h_nargs=0
_shtab_nkey_wallet_rotations___help_nargs=0
_shtab_nkey_wallet_rotations___json_nargs=0
_shtab_nkey_wallet_rotations___accept_older_nargs=0
_shtab_nkey_wallet_rotations___accept_damaged_nargs=0
_shtab_nkey_wallet_rotations___no_seed_nargs=0
_shtab_nkey_wallet_edit__h_nargs=0
_shtab_nkey_wallet_edit___help_nargs=0
_shtab_nkey_wallet_edit___bearer_nargs=0
_shtab_nkey_wallet_edit___no_bearer_nargs=0
_shtab_nkey_wallet_edit___disallow_bearer_nargs=0
_shtab_nkey_wallet_edit___no_disallow_bearer_nargs=0
_shtab_nkey_wallet_edit___plain_nargs=0
_shtab_nkey_wallet_edit___strict_nargs=0
_shtab_nkey_wallet_edit___no_strict_nargs=0
_shtab_nkey_wallet_edit___free_nargs=0
_shtab_nkey_wallet_edit___json_nargs=0
_shtab_nkey_wallet_edit___accept_older_nargs=0
_shtab_nkey_wallet_edit___accept_damaged_nargs=0
_shtab_nkey_wallet_edit___no_seed_nargs=0
_shtab_nkey_wallet_may__h_nargs=0
_shtab_nkey_wallet_may___help_nargs=0
_shtab_nkey_wallet_may___pub_nargs=0
_shtab_nkey_wallet_may___sub_nargs=0
_shtab_nkey_wallet_may___subscribe_nargs=0
_shtab_nkey_wallet_may___json_nargs=0
_shtab_nkey_wallet_may___accept_older_nargs=0
_shtab_nkey_wallet_may___accept_damaged_nargs=0
_shtab_nkey_wallet_may___no_seed_nargs=0
_shtab_nkey_wallet_revoke_pos_0_nargs='*'
_shtab_nkey_wallet_revoke__h_nargs=0
_shtab_nkey_wallet_revoke___help_nargs=0
_shtab_nkey_wallet_revoke___mend_nargs=0
_shtab_nkey_wallet_revoke___json_nargs=0
_shtab_nkey_wallet_revoke___accept_older_nargs=0
_shtab_nkey_wallet_revoke___accept_damaged_nargs=0
_shtab_nkey_wallet_revoke___no_seed_nargs=0
_shtab_nkey_wallet_allow__h_nargs=0
_shtab_nkey_wallet_allow___help_nargs=0
_shtab_nkey_wallet_allow___accept_older_nargs=0
_shtab_nkey_wallet_allow___accept_damaged_nargs=0
_shtab_nkey_wallet_allow___no_seed_nargs=0
_shtab_nkey_wallet_exports_add__h_nargs=0
_shtab_nkey_wallet_exports_add___help_nargs=0
_shtab_nkey_wallet_exports_add___accept_older_nargs=0
_shtab_nkey_wallet_exports_add___accept_damaged_nargs=0
_shtab_nkey_wallet_exports_add___no_seed_nargs=0
_shtab_nkey_wallet_exports_add___json_nargs=0
_shtab_nkey_wallet_exports_add___stream_nargs=0
_shtab_nkey_wallet_exports_add___service_nargs=0
_shtab_nkey_wallet_exports_add___private_nargs=0
_shtab_nkey_wallet_exports_add___public_nargs=0
_shtab_nkey_wallet_exports_add___advertise_nargs=0
_shtab_nkey_wallet_exports_add___no_advertise_nargs=0
_shtab_nkey_wallet_exports_add___allow_trace_nargs=0
_shtab_nkey_wallet_exports_add___no_allow_trace_nargs=0
_shtab_nkey_wallet_exports_change__h_nargs=0
_shtab_nkey_wallet_exports_change___help_nargs=0
_shtab_nkey_wallet_exports_change___accept_older_nargs=0
_shtab_nkey_wallet_exports_change___accept_damaged_nargs=0
_shtab_nkey_wallet_exports_change___no_seed_nargs=0
_shtab_nkey_wallet_exports_change___json_nargs=0
_shtab_nkey_wallet_exports_change___stream_nargs=0
_shtab_nkey_wallet_exports_change___service_nargs=0
_shtab_nkey_wallet_exports_change___private_nargs=0
_shtab_nkey_wallet_exports_change___public_nargs=0
_shtab_nkey_wallet_exports_change___advertise_nargs=0
_shtab_nkey_wallet_exports_change___no_advertise_nargs=0
_shtab_nkey_wallet_exports_change___allow_trace_nargs=0
_shtab_nkey_wallet_exports_change___no_allow_trace_nargs=0
_shtab_nkey_wallet_exports_remove__h_nargs=0
_shtab_nkey_wallet_exports_remove___help_nargs=0
_shtab_nkey_wallet_exports_remove___accept_older_nargs=0
_shtab_nkey_wallet_exports_remove___accept_damaged_nargs=0
_shtab_nkey_wallet_exports_remove___no_seed_nargs=0
_shtab_nkey_wallet_exports_remove___json_nargs=0
_shtab_nkey_wallet_exports_remove___stream_nargs=0
_shtab_nkey_wallet_exports_remove___service_nargs=0
_shtab_nkey_wallet_exports_activate__h_nargs=0
_shtab_nkey_wallet_exports_activate___help_nargs=0
_shtab_nkey_wallet_exports_activate___accept_older_nargs=0
_shtab_nkey_wallet_exports_activate___accept_damaged_nargs=0
_shtab_nkey_wallet_exports_activate___no_seed_nargs=0
_shtab_nkey_wallet_exports_activate___json_nargs=0
_shtab_nkey_wallet_exports_activate___stream_nargs=0
_shtab_nkey_wallet_exports_activate___service_nargs=0
_shtab_nkey_wallet_exports_revoke__h_nargs=0
_shtab_nkey_wallet_exports_revoke___help_nargs=0
_shtab_nkey_wallet_exports_revoke___accept_older_nargs=0
_shtab_nkey_wallet_exports_revoke___accept_damaged_nargs=0
_shtab_nkey_wallet_exports_revoke___no_seed_nargs=0
_shtab_nkey_wallet_exports_revoke___json_nargs=0
_shtab_nkey_wallet_exports_revoke___stream_nargs=0
_shtab_nkey_wallet_exports_revoke___service_nargs=0
_shtab_nkey_wallet_exports_allow__h_nargs=0
_shtab_nkey_wallet_exports_allow___help_nargs=0
_shtab_nkey_wallet_exports_allow___accept_older_nargs=0
_shtab_nkey_wallet_exports_allow___accept_damaged_nargs=0
_shtab_nkey_wallet_exports_allow___no_seed_nargs=0
_shtab_nkey_wallet_exports_allow___json_nargs=0
_shtab_nkey_wallet_exports_allow___stream_nargs=0
_shtab_nkey_wallet_exports_allow___service_nargs=0
_shtab_nkey_wallet_exports_pos_1_nargs=A...
_shtab_nkey_wallet_exports__h_nargs=0
_shtab_nkey_wallet_exports___help_nargs=0
_shtab_nkey_wallet_exports___json_nargs=0
_shtab_nkey_wallet_exports___accept_older_nargs=0
_shtab_nkey_wallet_exports___accept_damaged_nargs=0
_shtab_nkey_wallet_exports___no_seed_nargs=0
_shtab_nkey_wallet_imports_add__h_nargs=0
_shtab_nkey_wallet_imports_add___help_nargs=0
_shtab_nkey_wallet_imports_add___accept_older_nargs=0
_shtab_nkey_wallet_imports_add___accept_damaged_nargs=0
_shtab_nkey_wallet_imports_add___no_seed_nargs=0
_shtab_nkey_wallet_imports_add___json_nargs=0
_shtab_nkey_wallet_imports_add___stream_nargs=0
_shtab_nkey_wallet_imports_add___service_nargs=0
_shtab_nkey_wallet_imports_add___share_nargs=0
_shtab_nkey_wallet_imports_add___no_share_nargs=0
_shtab_nkey_wallet_imports_add___allow_trace_nargs=0
_shtab_nkey_wallet_imports_add___no_allow_trace_nargs=0
_shtab_nkey_wallet_imports_change__h_nargs=0
_shtab_nkey_wallet_imports_change___help_nargs=0
_shtab_nkey_wallet_imports_change___accept_older_nargs=0
_shtab_nkey_wallet_imports_change___accept_damaged_nargs=0
_shtab_nkey_wallet_imports_change___no_seed_nargs=0
_shtab_nkey_wallet_imports_change___json_nargs=0
_shtab_nkey_wallet_imports_change___stream_nargs=0
_shtab_nkey_wallet_imports_change___service_nargs=0
_shtab_nkey_wallet_imports_change___share_nargs=0
_shtab_nkey_wallet_imports_change___no_share_nargs=0
_shtab_nkey_wallet_imports_change___allow_trace_nargs=0
_shtab_nkey_wallet_imports_change___no_allow_trace_nargs=0
_shtab_nkey_wallet_imports_remove__h_nargs=0
_shtab_nkey_wallet_imports_remove___help_nargs=0
_shtab_nkey_wallet_imports_remove___accept_older_nargs=0
_shtab_nkey_wallet_imports_remove___accept_damaged_nargs=0
_shtab_nkey_wallet_imports_remove___no_seed_nargs=0
_shtab_nkey_wallet_imports_remove___json_nargs=0
_shtab_nkey_wallet_imports_remove___stream_nargs=0
_shtab_nkey_wallet_imports_remove___service_nargs=0
_shtab_nkey_wallet_imports_pos_1_nargs=A...
_shtab_nkey_wallet_imports__h_nargs=0
_shtab_nkey_wallet_imports___help_nargs=0
_shtab_nkey_wallet_imports___json_nargs=0
_shtab_nkey_wallet_imports___accept_older_nargs=0
_shtab_nkey_wallet_imports___accept_damaged_nargs=0
_shtab_nkey_wallet_imports___no_seed_nargs=0
_shtab_nkey_wallet_mappings_add__h_nargs=0
_shtab_nkey_wallet_mappings_add___help_nargs=0
_shtab_nkey_wallet_mappings_add___accept_older_nargs=0
_shtab_nkey_wallet_mappings_add___accept_damaged_nargs=0
_shtab_nkey_wallet_mappings_add___no_seed_nargs=0
_shtab_nkey_wallet_mappings_add___json_nargs=0
_shtab_nkey_wallet_mappings_change__h_nargs=0
_shtab_nkey_wallet_mappings_change___help_nargs=0
_shtab_nkey_wallet_mappings_change___accept_older_nargs=0
_shtab_nkey_wallet_mappings_change___accept_damaged_nargs=0
_shtab_nkey_wallet_mappings_change___no_seed_nargs=0
_shtab_nkey_wallet_mappings_change___json_nargs=0
_shtab_nkey_wallet_mappings_remove__h_nargs=0
_shtab_nkey_wallet_mappings_remove___help_nargs=0
_shtab_nkey_wallet_mappings_remove___accept_older_nargs=0
_shtab_nkey_wallet_mappings_remove___accept_damaged_nargs=0
_shtab_nkey_wallet_mappings_remove___no_seed_nargs=0
_shtab_nkey_wallet_mappings_remove___json_nargs=0
_shtab_nkey_wallet_mappings_pos_1_nargs=A...
_shtab_nkey_wallet_mappings__h_nargs=0
_shtab_nkey_wallet_mappings___help_nargs=0
_shtab_nkey_wallet_mappings___json_nargs=0
_shtab_nkey_wallet_mappings___accept_older_nargs=0
_shtab_nkey_wallet_mappings___accept_damaged_nargs=0
_shtab_nkey_wallet_mappings___no_seed_nargs=0
_shtab_nkey_wallet_pair__h_nargs=0
_shtab_nkey_wallet_pair___help_nargs=0
_shtab_nkey_wallet_pair___stream_nargs=0
_shtab_nkey_wallet_pair___service_nargs=0
_shtab_nkey_wallet_pair___private_nargs=0
_shtab_nkey_wallet_pair___public_nargs=0
_shtab_nkey_wallet_pair___json_nargs=0
_shtab_nkey_wallet_pair___accept_older_nargs=0
_shtab_nkey_wallet_pair___accept_damaged_nargs=0
_shtab_nkey_wallet_pair___no_seed_nargs=0
_shtab_nkey_wallet_unpair__h_nargs=0
_shtab_nkey_wallet_unpair___help_nargs=0
_shtab_nkey_wallet_unpair___json_nargs=0
_shtab_nkey_wallet_unpair___accept_older_nargs=0
_shtab_nkey_wallet_unpair___accept_damaged_nargs=0
_shtab_nkey_wallet_unpair___no_seed_nargs=0
_shtab_nkey_wallet_config_pos_0_nargs='*'
_shtab_nkey_wallet_config__h_nargs=0
_shtab_nkey_wallet_config___help_nargs=0
_shtab_nkey_wallet_config___accounts_nargs=0
_shtab_nkey_wallet_config___rehearse_nargs=0
_shtab_nkey_wallet_config___accept_older_nargs=0
_shtab_nkey_wallet_config___accept_damaged_nargs=0
_shtab_nkey_wallet_config___no_seed_nargs=0
_shtab_nkey_wallet_creds__h_nargs=0
_shtab_nkey_wallet_creds___help_nargs=0
_shtab_nkey_wallet_creds___yes_nargs=0
_shtab_nkey_wallet_creds___unrecorded_nargs=0
_shtab_nkey_wallet_creds___accept_older_nargs=0
_shtab_nkey_wallet_creds___accept_damaged_nargs=0
_shtab_nkey_wallet_creds___no_seed_nargs=0
_shtab_nkey_wallet_jwt__h_nargs=0
_shtab_nkey_wallet_jwt___help_nargs=0
_shtab_nkey_wallet_jwt___words_nargs=0
_shtab_nkey_wallet_jwt___json_nargs=0
_shtab_nkey_wallet_jwt___accept_older_nargs=0
_shtab_nkey_wallet_jwt___accept_damaged_nargs=0
_shtab_nkey_wallet_jwt___no_seed_nargs=0
_shtab_nkey_wallet_export_pos_0_nargs=+
_shtab_nkey_wallet_export__h_nargs=0
_shtab_nkey_wallet_export___help_nargs=0
_shtab_nkey_wallet_export___unrecorded_nargs=0
_shtab_nkey_wallet_export___force_nargs=0
_shtab_nkey_wallet_export___yes_nargs=0
_shtab_nkey_wallet_export___accept_older_nargs=0
_shtab_nkey_wallet_export___accept_damaged_nargs=0
_shtab_nkey_wallet_export___no_seed_nargs=0
_shtab_nkey_wallet_seed__h_nargs=0
_shtab_nkey_wallet_seed___help_nargs=0
_shtab_nkey_wallet_seed___yes_nargs=0
_shtab_nkey_wallet_seed___unrecorded_nargs=0
_shtab_nkey_wallet_seed___accept_older_nargs=0
_shtab_nkey_wallet_seed___accept_damaged_nargs=0
_shtab_nkey_wallet_seed___no_seed_nargs=0
_shtab_nkey_wallet_test_pos_0_nargs='*'
_shtab_nkey_wallet_test__h_nargs=0
_shtab_nkey_wallet_test___help_nargs=0
_shtab_nkey_wallet_test___cluster_nargs=0
_shtab_nkey_wallet_test___cluster_yes_nargs=0
_shtab_nkey_wallet_test___creds_only_nargs=0
_shtab_nkey_wallet_test___experiment_nargs=0
_shtab_nkey_wallet_test___no_probe_nargs=0
_shtab_nkey_wallet_test___json_nargs=0
_shtab_nkey_wallet_test___accept_older_nargs=0
_shtab_nkey_wallet_test___accept_damaged_nargs=0
_shtab_nkey_wallet_test___no_seed_nargs=0
_shtab_nkey_wallet_servers__h_nargs=0
_shtab_nkey_wallet_servers___help_nargs=0
_shtab_nkey_wallet_servers___json_nargs=0
_shtab_nkey_wallet_servers___accept_older_nargs=0
_shtab_nkey_wallet_servers___accept_damaged_nargs=0
_shtab_nkey_wallet_servers___no_seed_nargs=0
_shtab_nkey_wallet_push_pos_0_nargs='*'
_shtab_nkey_wallet_push__h_nargs=0
_shtab_nkey_wallet_push___help_nargs=0
_shtab_nkey_wallet_push___json_nargs=0
_shtab_nkey_wallet_push___on_my_word_nargs=0
_shtab_nkey_wallet_push___yes_nargs=0
_shtab_nkey_wallet_push___accept_older_nargs=0
_shtab_nkey_wallet_push___accept_damaged_nargs=0
_shtab_nkey_wallet_push___no_seed_nargs=0
_shtab_nkey_wallet_diff_pos_0_nargs='*'
_shtab_nkey_wallet_diff__h_nargs=0
_shtab_nkey_wallet_diff___help_nargs=0
_shtab_nkey_wallet_diff___json_nargs=0
_shtab_nkey_wallet_diff___accept_older_nargs=0
_shtab_nkey_wallet_diff___accept_damaged_nargs=0
_shtab_nkey_wallet_diff___no_seed_nargs=0
_shtab_nkey_wallet_pull_pos_0_nargs='*'
_shtab_nkey_wallet_pull__h_nargs=0
_shtab_nkey_wallet_pull___help_nargs=0
_shtab_nkey_wallet_pull___json_nargs=0
_shtab_nkey_wallet_pull___dry_run_nargs=0
_shtab_nkey_wallet_pull___accept_older_nargs=0
_shtab_nkey_wallet_pull___accept_damaged_nargs=0
_shtab_nkey_wallet_pull___no_seed_nargs=0
_shtab_nkey_wallet_inspect__h_nargs=0
_shtab_nkey_wallet_inspect___help_nargs=0
_shtab_nkey_wallet_inspect___json_nargs=0
_shtab_nkey_wallet_inspect___accept_older_nargs=0
_shtab_nkey_wallet_inspect___accept_damaged_nargs=0
_shtab_nkey_wallet_inspect___no_seed_nargs=0
_shtab_nkey_wallet_sign__h_nargs=0
_shtab_nkey_wallet_sign___help_nargs=0
_shtab_nkey_wallet_sign___yes_nargs=0
_shtab_nkey_wallet_sign___accept_older_nargs=0
_shtab_nkey_wallet_sign___accept_damaged_nargs=0
_shtab_nkey_wallet_sign___no_seed_nargs=0
_shtab_nkey_wallet_verify__h_nargs=0
_shtab_nkey_wallet_verify___help_nargs=0
_shtab_nkey_wallet_verify___json_nargs=0
_shtab_nkey_wallet_verify___accept_older_nargs=0
_shtab_nkey_wallet_verify___accept_damaged_nargs=0
_shtab_nkey_wallet_verify___no_seed_nargs=0
_shtab_nkey_wallet_seal__h_nargs=0
_shtab_nkey_wallet_seal___help_nargs=0
_shtab_nkey_wallet_seal___accept_older_nargs=0
_shtab_nkey_wallet_seal___accept_damaged_nargs=0
_shtab_nkey_wallet_seal___no_seed_nargs=0
_shtab_nkey_wallet_open__h_nargs=0
_shtab_nkey_wallet_open___help_nargs=0
_shtab_nkey_wallet_open___accept_older_nargs=0
_shtab_nkey_wallet_open___accept_damaged_nargs=0
_shtab_nkey_wallet_open___no_seed_nargs=0
_shtab_nkey_wallet_health__h_nargs=0
_shtab_nkey_wallet_health___help_nargs=0
_shtab_nkey_wallet_health___json_nargs=0
_shtab_nkey_wallet_health___accept_older_nargs=0
_shtab_nkey_wallet_health___accept_damaged_nargs=0
_shtab_nkey_wallet_health___no_seed_nargs=0
_shtab_nkey_wallet_expiring__h_nargs=0
_shtab_nkey_wallet_expiring___help_nargs=0
_shtab_nkey_wallet_expiring___ended_nargs=0
_shtab_nkey_wallet_expiring___json_nargs=0
_shtab_nkey_wallet_expiring___accept_older_nargs=0
_shtab_nkey_wallet_expiring___accept_damaged_nargs=0
_shtab_nkey_wallet_expiring___no_seed_nargs=0
_shtab_nkey_wallet_history__h_nargs=0
_shtab_nkey_wallet_history___help_nargs=0
_shtab_nkey_wallet_history___json_nargs=0
_shtab_nkey_wallet_history___accept_older_nargs=0
_shtab_nkey_wallet_history___accept_damaged_nargs=0
_shtab_nkey_wallet_history___no_seed_nargs=0
_shtab_nkey_wallet_check__h_nargs=0
_shtab_nkey_wallet_check___help_nargs=0
_shtab_nkey_wallet_check___json_nargs=0
_shtab_nkey_wallet_check___accept_older_nargs=0
_shtab_nkey_wallet_check___accept_damaged_nargs=0
_shtab_nkey_wallet_check___no_seed_nargs=0
_shtab_nkey_wallet_passphrase__h_nargs=0
_shtab_nkey_wallet_passphrase___help_nargs=0
_shtab_nkey_wallet_passphrase___no_key_file_nargs=0
_shtab_nkey_wallet_passphrase___accept_older_nargs=0
_shtab_nkey_wallet_passphrase___accept_damaged_nargs=0
_shtab_nkey_wallet_passphrase___no_seed_nargs=0
_shtab_nkey_wallet_recovery__h_nargs=0
_shtab_nkey_wallet_recovery___help_nargs=0
_shtab_nkey_wallet_recovery___remove_nargs=0
_shtab_nkey_wallet_recovery___status_nargs=0
_shtab_nkey_wallet_recovery___json_nargs=0
_shtab_nkey_wallet_recovery___accept_older_nargs=0
_shtab_nkey_wallet_recovery___accept_damaged_nargs=0
_shtab_nkey_wallet_recovery___no_seed_nargs=0
_shtab_nkey_wallet_backup__h_nargs=0
_shtab_nkey_wallet_backup___help_nargs=0
_shtab_nkey_wallet_backup___accept_older_nargs=0
_shtab_nkey_wallet_backup___accept_damaged_nargs=0
_shtab_nkey_wallet_backup___no_seed_nargs=0
_shtab_nkey_wallet_backups__h_nargs=0
_shtab_nkey_wallet_backups___help_nargs=0
_shtab_nkey_wallet_backups___off_nargs=0
_shtab_nkey_wallet_backups___json_nargs=0
_shtab_nkey_wallet_backups___accept_older_nargs=0
_shtab_nkey_wallet_backups___accept_damaged_nargs=0
_shtab_nkey_wallet_backups___no_seed_nargs=0
_shtab_nkey_wallet_restore__h_nargs=0
_shtab_nkey_wallet_restore___help_nargs=0
_shtab_nkey_wallet_restore___yes_nargs=0
_shtab_nkey_wallet_restore___dry_run_nargs=0
_shtab_nkey_wallet_restore___accept_older_nargs=0
_shtab_nkey_wallet_restore___accept_damaged_nargs=0
_shtab_nkey_wallet_restore___no_seed_nargs=0
_shtab_nkey_wallet_merge__h_nargs=0
_shtab_nkey_wallet_merge___help_nargs=0
_shtab_nkey_wallet_merge___dry_run_nargs=0
_shtab_nkey_wallet_merge___yes_nargs=0
_shtab_nkey_wallet_merge___json_nargs=0
_shtab_nkey_wallet_merge___accept_older_nargs=0
_shtab_nkey_wallet_merge___accept_damaged_nargs=0
_shtab_nkey_wallet_merge___no_seed_nargs=0
_shtab_nkey_wallet_completions__h_nargs=0
_shtab_nkey_wallet_completions___help_nargs=0
_shtab_nkey_wallet_completions___accept_older_nargs=0
_shtab_nkey_wallet_completions___accept_damaged_nargs=0
_shtab_nkey_wallet_completions___no_seed_nargs=0
_shtab_nkey_wallet_pos_0_nargs=A...
_shtab_nkey_wallet__h_nargs=0
_shtab_nkey_wallet___help_nargs=0
_shtab_nkey_wallet___accept_older_nargs=0
_shtab_nkey_wallet___accept_damaged_nargs=0
_shtab_nkey_wallet___no_seed_nargs=0
_shtab_nkey_wallet___version_nargs=0
_shtab_nkey_wallet___debug_info_nargs=0
_shtab_nkey_wallet___read_only_nargs=0


# $1=COMP_WORDS[1]
_shtab_compgen_files() {
  compgen -f -- $1  # files
}

# $1=COMP_WORDS[1]
_shtab_compgen_dirs() {
  compgen -d -- $1  # recurse into subdirs
}

# $1=COMP_WORDS[1]
_shtab_replace_nonword() {
  echo "${1//[^[:word:]]/_}"
}

# set default values (called for the initial parser & any subparsers)
_set_parser_defaults() {
  local subparsers_var="${prefix}_subparsers[@]"
  sub_parsers=${!subparsers_var-}

  local current_option_strings_var="${prefix}_option_strings[@]"
  current_option_strings=${!current_option_strings_var}

  completed_positional_actions=0

  _set_new_action "pos_$completed_positional_actions" true
}

# $1=action identifier
# $2=positional action (bool)
# set all identifiers for an action's parameters
_set_new_action() {
  current_action="${prefix}_$(_shtab_replace_nonword $1)"

  local current_action_compgen_var=${current_action}_COMPGEN
  current_action_compgen="${!current_action_compgen_var-}"

  local current_action_choices_var="${current_action}_choices[@]"
  current_action_choices="${!current_action_choices_var-}"

  local current_action_nargs_var="${current_action}_nargs"
  if [ -n "${!current_action_nargs_var-}" ]; then
    current_action_nargs="${!current_action_nargs_var}"
  else
    current_action_nargs=1
  fi

  current_action_args_start_index=$(( $word_index + 1 - $pos_only ))

  current_action_is_positional=$2
}

# Notes:
# `COMPREPLY`: what will be rendered after completion is triggered
# `completing_word`: currently typed word to generate completions for
# `${!var}`: evaluates the content of `var` and expand its content as a variable
#     hello="world"
#     x="hello"
#     ${!x} -> ${hello} -> "world"
_shtab_nkey_wallet() {
  local completing_word="${COMP_WORDS[COMP_CWORD]}"
  local previous_word="${COMP_WORDS[COMP_CWORD-1]}"
  local completed_positional_actions
  local current_action
  local current_action_args_start_index
  local current_action_choices
  local current_action_compgen
  local current_action_is_positional
  local current_action_nargs
  local current_option_strings
  local sub_parsers
  COMPREPLY=()

  local prefix=_shtab_nkey_wallet
  local word_index=0
  local pos_only=0 # "--" delimiter not encountered yet
  _set_parser_defaults
  word_index=1

  # determine what arguments are appropriate for the current state
  # of the arg parser
  while [ $word_index -ne $COMP_CWORD ]; do
    local this_word="${COMP_WORDS[$word_index]}"

    if [[ $pos_only = 1 || " $this_word " != " -- " ]]; then
      if [[ -n $sub_parsers && " ${sub_parsers[@]} " == *" $this_word "* ]]; then
        # valid subcommand: add it to the prefix & reset the current action
        prefix="${prefix}_$(_shtab_replace_nonword $this_word)"
        _set_parser_defaults
      fi

      if [[ " ${current_option_strings[@]} " == *" $this_word "* ]]; then
        # a new action should be acquired (due to recognised option string or
        # no more input expected from current action);
        # the next positional action can fill in here
        _set_new_action $this_word false
      fi

      if [[ "$current_action_nargs" != "*" ]] && \
         [[ "$current_action_nargs" != "+" ]] && \
         [[ "$current_action_nargs" != "?" ]] && \
         [[ "$current_action_nargs" != *"..." ]] && \
         (( $word_index + 1 - $current_action_args_start_index - $pos_only >= \
            $current_action_nargs )); then
        $current_action_is_positional && let "completed_positional_actions += 1"
        _set_new_action "pos_$completed_positional_actions" true
      fi
    else
      pos_only=1 # "--" delimiter encountered
    fi

    let "word_index+=1"
  done

  # Generate the completions

  COMPREPLY=()
  if [[ $pos_only = 0 && "$completing_word" == -* &&
        ( -z "$current_action_compgen" || "$current_action_is_positional" = true ) ]]; then
    # optional argument started: use option strings
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      compgen -W "${current_option_strings[*]}" -- "$completing_word")
  elif [[ "$previous_word" =~ ^[0-9\&]*[\<\>]\>?$ ]]; then
    # handle redirection operators
    compopt -o filenames 2>/dev/null || : # bash>=4
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$completing_word")
  else
    # use choices & compgen
    local action_compgen_word="$completing_word"
    # handle tab-completing in the middle of a line (#248 <- #116)
    [[ -n "$current_action_compgen" && "$completing_word" == -* ]] && action_compgen_word=""
    [ -n "$current_action_compgen" ] && {
      [[ "$current_action_compgen" =~ _(file|dir|glob|FILE|DIR|GLOB)|File|Dir|Glob ]] &&
        compopt -o filenames 2>/dev/null || : # bash>=4
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
        "$current_action_compgen" "$action_compgen_word")
    }
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      compgen -W "${current_action_choices[*]}" -- "$completing_word")
  fi

  if [[ ${#COMPREPLY[@]} = 0 ]]; then
    # native fallback matches are not necessarily filenames (e.g. variables)
    compopt +o filenames 2>/dev/null || : # bash>=4
  fi

  return 0
}

complete -o bashdefault -F _shtab_nkey_wallet nkey-wallet