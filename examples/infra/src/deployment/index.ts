export { bundleAws, bundleEntries } from './bundle.ts';
export { sampleAwsEnvironment } from './sample-environment.ts';
