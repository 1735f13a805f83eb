#!/usr/bin/env bash
# Makes the storage container for Terraform's state, reached by identity alone, versioned, and prints `state_container_id`. Writes
# state.azurerm.tfbackend for `terraform init -backend-config=state.azurerm.tfbackend`. May be run again.
#
#   bootstrap/state.sh RESOURCE_GROUP STORAGE_ACCOUNT LOCATION
set -euo pipefail
[[ $# -eq 3 ]] || { sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2; }
group=$1 account=$2 location=$3
here=$(cd "$(dirname "$0")/.." && pwd)

az group create --name "$group" --location "$location" --output none
az storage account create --name "$account" --resource-group "$group" --location "$location" --sku Standard_GZRS \
  --allow-shared-key-access false --allow-blob-public-access false --min-tls-version TLS1_2 --output none
az storage account blob-service-properties update --account-name "$account" --resource-group "$group" \
  --enable-versioning true --enable-delete-retention true --delete-retention-days 30 --output none
id=$(az storage account show --name "$account" --resource-group "$group" --query id --output tsv)
# Whoever runs this may read and write the state; the pipelines' identities are given theirs by the configuration.
az role assignment create --assignee "$(az ad signed-in-user show --query id --output tsv)" \
  --role 'Storage Blob Data Contributor' --scope "$id" --output none
az storage container-rm create --storage-account "$account" --resource-group "$group" --name state --output none

cat >"$here/state.azurerm.tfbackend" <<BACKEND
resource_group_name  = "$group"
storage_account_name = "$account"
container_name       = "state"
key                  = "twinlog.tfstate"
use_azuread_auth     = true
BACKEND
echo "state_container_id = \"$id/blobServices/default/containers/state\""
