#!/usr/bin/env bash
# Takes away a function app's setting AzureWebJobsStorage, starts it, for whoever restored its database has stopped it, sends it a package by OneDeploy,
# and waits until it answers: main.tf says why.
# By the Azure CLI, as whoever is logged in; in GitHub Actions as the job itself, by its own token. Needs FUNCTION_APP_ID and PACKAGE. Tried again for
# ten minutes, unless DEPLOY_SECONDS says otherwise: that the app may write to its storage takes a while to get about.
# https://learn.microsoft.com/azure/azure-functions/deployment-zip-push
set -euo pipefail
command -v az >/dev/null || { echo 'The Azure CLI sends the package to the function app: install it, and az login.' >&2; exit 1; }
IFS=/ read -r _ _ subscription _ group _ _ _ app <<<"$FUNCTION_APP_ID"
[[ -n $app ]] || { echo "\"$FUNCTION_APP_ID\" is no id of a function app." >&2; exit 1; }

if [[ ${ARM_USE_OIDC:-} == true && -n ${ACTIONS_ID_TOKEN_REQUEST_URL:-} ]]; then
  AZURE_CONFIG_DIR=$(mktemp -d)
  export AZURE_CONFIG_DIR
  trap 'rm -rf "$AZURE_CONFIG_DIR"' EXIT
  answer=$(curl --fail --silent --show-error --header "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" \
    "$ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange")
  [[ $answer =~ \"value\":\ *\"([^\"]+)\" ]] || { echo 'GitHub gave no token: the job needs the permission id-token: write.' >&2; exit 1; }
  az login --service-principal --username "$ARM_CLIENT_ID" --tenant "$ARM_TENANT_ID" --federated-token "${BASH_REMATCH[1]}" --output none
fi

deploy() {
  local of=(--subscription "$subscription" --resource-group "$group" --name "$app" --only-show-errors --output none)
  az functionapp config appsettings delete "${of[@]}" --setting-names AzureWebJobsStorage &&
    az functionapp start "${of[@]}" &&
    az functionapp deployment source config-zip "${of[@]}" --src "$PACKAGE"
}
until deploy; do
  if ((SECONDS >= ${DEPLOY_SECONDS:-600})); then
    echo "$PACKAGE was not deployed to $app: see above, mend it, and apply again." >&2
    exit 1
  fi
  echo "$app did not take the package yet; once more in 20 s" >&2
  sleep 20
done
