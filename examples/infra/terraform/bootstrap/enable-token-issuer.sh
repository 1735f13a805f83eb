#!/usr/bin/env bash
# Enables the AWS account's own token issuer, once, and prints its address for `aws_token_issuer`. Terraform's provider has no
# resource for it in the version used here. Needs iam:EnableOutboundWebIdentityFederation and
# iam:GetOutboundWebIdentityFederationInfo.
#
#   bootstrap/enable-token-issuer.sh            enable, unless it is, and print
#   bootstrap/enable-token-issuer.sh --disable  disable: every AWS cell is then a stranger to Azure
set -euo pipefail
command -v aws >/dev/null || { echo 'The AWS CLI is not installed; version 2.31 or later knows this call.' >&2; exit 1; }

if [[ ${1:-} == --disable ]]; then
  aws iam disable-outbound-web-identity-federation
  echo 'Disabled. The cells of this account can publish to no topic until it is enabled again.' >&2
  exit 0
fi
if ! issuer=$(aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text 2>/dev/null); then
  issuer=$(aws iam enable-outbound-web-identity-federation --query IssuerIdentifier --output text)
fi
[[ $issuer == https://* ]] || { echo "AWS named no issuer, but: $issuer" >&2; exit 1; }
echo "aws_token_issuer = \"${issuer%/}\""
