#!/usr/bin/env bash
# Prints `azure_domain_ownership_id`: what API Management wants to find in the TXT record apimuid.<global name>, because the
# name leads to Traffic Manager and not to the gateway itself.
set -euo pipefail
subscription=$(az account show --query id --output tsv)
identifier=$(az rest --method post --query domainOwnershipIdentifier --output tsv \
  --url "https://management.azure.com/subscriptions/$subscription/providers/Microsoft.ApiManagement/getDomainOwnershipIdentifier?api-version=2022-08-01")
echo "azure_domain_ownership_id = \"$identifier\""
